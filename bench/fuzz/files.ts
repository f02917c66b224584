// Generated files that are read back: runs and recordings, changed in places, cut, or in another encoding; and what reading them may do.
import fc from 'fast-check'
import { parseRecording } from '../../client/demo/recording.ts'
import { parseRun } from '../../results/format.ts'
import { textOfFile } from '../../server/text-file.ts'
import { type Conversation, inBytes } from './conversation.ts'
import { jsonText, oddText, spliced } from './json.ts'
import { got } from './requests.ts'

/** What is changed: whole files as the lab writes them, small ones. */
export interface Samples {
  readonly run: unknown
  /** A line of NDJSON each. */
  readonly recording: readonly string[]
}

interface Change {
  /** Which member at each level, modulo how many there are. */
  readonly path: readonly number[]
  /** JSON text; undefined = it is left out. */
  readonly value: string | undefined
}

const changes = fc.array(
  fc.record<Change>({
    path: fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }),
    value: fc.option(jsonText, { freq: 4, nil: undefined }),
  }),
  { maxLength: 3 },
)

/** JSON text of `document` with changes made in it. */
function changed(document: unknown, made: readonly Change[]): string {
  // A value that is put in may be no JSON at all: it stands in the text by a name of its own until then.
  const copy: unknown = structuredClone(document)
  const names: string[] = []
  for (const { path, value } of made) {
    let holder = copy as Record<string, unknown>
    for (const [level, pick] of path.entries()) {
      const keys = Object.keys(holder)
      if (keys.length === 0) break
      const key = keys[pick % keys.length]!
      const next = holder[key]
      if (level < path.length - 1 && typeof next === 'object' && next !== null) {
        holder = next as Record<string, unknown>
        continue
      }
      if (value === undefined) delete holder[key]
      else holder[key] = `«${names.push(value) - 1}»`
      break
    }
  }
  return JSON.stringify(copy).replace(/"«(\d+)»"/g, (_, index: string) => names[Number(index)]!)
}

/** The bytes of a text as some system writes it. */
const written = (text: string, how: 'plain' | 'marked' | 'utf-16'): string =>
  how === 'utf-16'
    ? `\xff\xfe${Buffer.from(text, 'utf16le').toString('latin1')}`
    : inBytes(how === 'marked' ? `\ufeff${text}` : text)

const encoding = fc.oneof(
  { weight: 6, arbitrary: fc.constant('plain' as const) },
  { weight: 1, arbitrary: fc.constantFrom('marked' as const, 'utf-16' as const) },
)

export function files({ run, recording }: Samples): readonly fc.Arbitrary<Conversation>[] {
  const runText = fc.oneof(
    { weight: 8, arbitrary: spliced(changes.map(made => changed(run, made))) },
    { weight: 1, arbitrary: jsonText },
    { weight: 1, arbitrary: oddText },
  )
  const line = fc.tuple(fc.constantFrom(...recording), changes).map(([text, made]) => changed(JSON.parse(text), made))
  const log = fc
    .array(spliced(fc.oneof({ weight: 9, arbitrary: line }, { weight: 1, arbitrary: jsonText })), { maxLength: 8 })
    .map(lines => `${[recording[0], ...lines].join('\n')}\n`)
  const fileOf = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(text, encoding).map(([each, how]) => written(each, how))
  return [
    fileOf(runText).map(file => ({
      kind: 'run files',
      over: 'port',
      writes: [got('/api/runs') + got('/api/claims') + got('/api/runs/{RUN}')],
      inputs: 1,
      ending: 'end',
      file,
    })),
    fileOf(log).map(file => ({ kind: 'recordings', over: 'port', writes: [], inputs: 1, ending: 'end', file })),
  ]
}

/** Reads a file as its readers do. Gives what is wrong with how it was refused: one sentence is right, or that it was not. */
export function readBack({ kind, file }: Conversation): string | undefined {
  const text = textOfFile(Buffer.from(file!, 'latin1'))
  if (kind === 'recordings') return refusalOf(() => parseRecording(text, 'x.ndjson'))
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  return refusalOf(() => parseRun(document))
}

function refusalOf(read: () => unknown): string | undefined {
  try {
    read()
  } catch (error) {
    const { name, message } = error as Error
    if (name !== 'Error' || message === '' || message.length > 2000)
      return `refused with ${name}: ${message.slice(0, 200)}`
  }
  return undefined
}
