// Which values of an event's fields count: WHATWG HTML §9.2.6. For readers of streams and of captures alike.

/** Whether a field `id` counts, and a field `retry`. */
export const isId = (value: string): boolean => !value.includes('\0')
export const isTime = (value: string): boolean => /^[0-9]+$/.test(value)
