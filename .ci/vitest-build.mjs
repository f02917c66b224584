// Tests that start the real server or open a page need dist/ to be what the sources say.
import { ensureBuilt } from './launch.mjs'

export const setup = () => ensureBuilt()
