// LEAF. Text out of the bytes of a file, as this or another system's programs write it.

/**
 * UTF-8, with or without a byte order mark, or UTF-16 with one, as Windows PowerShell's `>` writes. Line ends are left as they are. Malformed bytes
 * become U+FFFD, as the Encoding Standard has it.
 */
export function textOfFile(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}
