// The clock that notices are stamped by, and that a client compares its own with: one for both, so that what they tell fits together.

/** Unix ms, whole. Not `performance`'s time of day, which knows neither of a step of the system's clock nor, on some systems, of a sleep. */
export const nowMs = (): number => Date.now()
