// Incremental UTF-8: text out of chunks that may be cut in the middle of a character.

export interface TextStream {
  /** The text that `chunk` completes. Malformed bytes become U+FFFD, as the Encoding Standard has it. */
  push(chunk: Uint8Array): string
  /** What is left at the end: U+FFFD for a character that was never finished, otherwise nothing. */
  end(): string
}

const whole = new TextDecoder('utf-8', { ignoreBOM: true })

/** Text of one whole document (a byte order mark is dropped). */
export function decodeText(bytes: Uint8Array): string {
  return bytes[0] === 0xef ? new TextDecoder().decode(bytes) : whole.decode(bytes)
}

/** A decoder for one stream; a byte order mark at its start is dropped. */
export function createTextStream(): TextStream {
  let streaming: TextDecoder | undefined
  let partial = false
  let begun = false

  const withoutMark = (text: string): string => {
    if (begun || text === '') return text
    begun = true
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  return {
    push(chunk) {
      if (chunk.length === 0) return ''
      const endsInside = chunk[chunk.length - 1]! >= 0x80
      // Nearly every chunk ends with a line end or a bracket: then no state is needed, and decoding without it is several times cheaper.
      if (!partial && !endsInside) return withoutMark(whole.decode(chunk))
      streaming ??= new TextDecoder('utf-8', { ignoreBOM: true })
      partial = endsInside
      return withoutMark(streaming.decode(chunk, { stream: true }))
    },
    end() {
      const rest = partial ? streaming!.decode() : ''
      partial = false
      return withoutMark(rest)
    },
  }
}
