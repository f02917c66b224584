// Generated requests of the demo: what teachers and phones send.
import fc from 'fast-check'
import { phonePaths } from '../../server/demo/phone-wire.ts'
import { demoPaths, phases } from '../../server/demo/wire.ts'
import { type Conversation, inBytes, talk } from './conversation.ts'
import { nearly, spliced } from './json.ts'
import { PHONE_KEY, posted } from './requests.ts'

/** What the fuzzed server's teacher shows, and its class types. */
export const TOKEN = 'a-teacher-s-token'
export const CODE = 'WXYZ'

const text = (...words: string[]): fc.Arbitrary<string> => fc.constantFrom(...words.map(word => JSON.stringify(word)))
const whole = (most: number): fc.Arbitrary<string> => fc.integer({ min: -1, max: most }).map(String)

const action = nearly({
  action: text('knobs', 'publish', 'cut', 'scene', 'lock', 'address', '__proto__', 'constructor'),
  count: whole(51),
  forMs: whole(30_001),
  isLocked: fc.constant('false'),
  scene: text('requests', 'x'),
  phase: text(...phases),
  ratePerSecond: fc.double().map(rate => JSON.stringify(rate)),
  clients: whole(26),
})
/** One that names its keys and no others. */
const plainAction = fc.oneof(
  fc.nat(60).map(count => `{"action":"publish","count":${count}}`),
  fc.constantFrom(...phases).map(phase => `{"action":"scene","scene":"requests","phase":"${phase}"}`),
  fc.boolean().map(isLocked => `{"action":"lock","isLocked":${isLocked}}`),
)
const key = fc.constant(JSON.stringify(PHONE_KEY))
const report = nearly({
  key,
  seq: whole(1e6),
  delivered: whole(1e6),
  delayMs: fc.double().map(ms => JSON.stringify(ms)),
  uncertaintyMs: fc.constant('null'),
})
const vote = nearly({ key, scene: text('requests', 'x'), choice: whole(7) })
const change = nearly({ key, transport: text('x', '__proto__', '') })
const join = nearly({ key, code: text(CODE, 'wxyz', 'ABCD') })
const leave = nearly({ key })

const teacher = `Authorization: Bearer ${TOKEN}\r\n`
const to = (path: string, body: fc.Arbitrary<string>, headers = ''): fc.Arbitrary<string> =>
  posted(fc.constant(path), spliced(body).map(inBytes), headers)

export const demo: readonly fc.Arbitrary<Conversation>[] = [
  talk({
    kind: "the demo's requests",
    message: fc.oneof(
      to(demoPaths.act, fc.oneof(action, plainAction), teacher),
      to(demoPaths.act, plainAction),
      to(phonePaths.report, report),
      to(phonePaths.vote, vote),
      to(phonePaths.transport, change),
      to(phonePaths.phones, join),
      to(phonePaths.leave, leave),
    ),
    most: 6,
  }),
]
