// What stands on the page's canvas: for whoever asks what lies at a place on it, or draws over it.
import { signal } from '@preact/signals'
import type { Picture } from './layout.ts'

/** The newest picture, and where it is; undefined before the first one. */
export const drawn = signal<{ readonly picture: Picture; readonly canvas: HTMLCanvasElement } | undefined>(undefined)
