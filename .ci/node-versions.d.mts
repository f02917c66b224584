export const majors: readonly number[]
export const folder: string
export function nodeOf(major: number): string | undefined
