// In place of load/schedule: pollers that all begin at once.
export * from '../load/schedule.ts'

export const pollPhases = (count: number): Float64Array => new Float64Array(count)
