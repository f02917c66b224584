// Tells comments, strings and keywords of a line of JavaScript apart, as far as the recipes need it: nothing of theirs goes on in the next line.

export interface Token {
  readonly kind: 'comment' | 'string' | 'keyword' | 'plain'
  readonly text: string
}

/** In this order: a `//` within a string is no comment. */
const PATTERN =
  /(?<comment>\/\/.*$)|(?<string>'[^']*'|`[^`]*`)|(?<keyword>\b(?:async|await|const|for|from|function|if|import|let|new|of|return|throw)\b)/g

/** The line's tokens, which together are the line. */
export function tokensOf(line: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const { index, 0: text, groups } of line.matchAll(PATTERN)) {
    if (index > at) tokens.push({ kind: 'plain', text: line.slice(at, index) })
    const kind = groups!.comment !== undefined ? 'comment' : groups!.string !== undefined ? 'string' : 'keyword'
    tokens.push({ kind, text })
    at = index + text.length
  }
  if (at < line.length) tokens.push({ kind: 'plain', text: line.slice(at) })
  return tokens
}
