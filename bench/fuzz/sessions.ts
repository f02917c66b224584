// Generated packets of Engine.IO and Socket.IO, and the polls that carry them.
import fc from 'fast-check'
import type { Contestant } from '../contestants/contestant.ts'
import { contestants } from '../contestants/index.ts'
import { type Conversation, inBytes, talk } from './conversation.ts'
import { jsonText, nearly, oddText, spliced } from './json.ts'
import { cursorText, got, posted } from './requests.ts'

/** Where sessions are begun with polls. */
export const sessionPath = Object.values((contestants.lab as Contestant).dialects)
  .flatMap(({ path, joinsWith }) => (joinsWith === undefined ? [] : path))[0]!
  .replace(/transport=\w+/, 'transport=polling')

const namespace = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.constantFrom('/,', '/x,', '/admin?a=b,', '/'),
      oddText.map(text => `/${text},`),
    ),
  },
)
const number = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.nat(50).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('99999999999999999999', '-1', '1.5') },
)
const attachments = fc.oneof(
  { weight: 9, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('1-', '0-', '-', '999999-', '1e9-', 'x-') },
)

const settings = nearly({ id: oddText.map(text => JSON.stringify(text)), token: jsonText })
const event = fc.oneof(
  { weight: 5, arbitrary: jsonText.map(body => `["publish",${body}]`) },
  { weight: 2, arbitrary: fc.tuple(jsonText, settings).map(([body, more]) => `["publish",${body},${more}]`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '[]',
      '["connect"]',
      '["disconnect",1]',
      '["error"]',
      '["newListener"]',
      '[1]',
      '[{"_placeholder":true,"num":0}]',
      '["publish",{"_placeholder":true,"num":-1}]',
      '["publish",{"_placeholder":true,"num":1e9}]',
    ),
  },
  { weight: 1, arbitrary: jsonText },
)

/** Of Socket.IO: type, attachments, namespace, number of its acknowledgement, data. */
const inner = spliced(
  fc
    .tuple(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant('2') },
        { weight: 3, arbitrary: fc.constantFrom('0', '1', '3', '4', '5', '6', '7', '9', '') },
      ),
      attachments,
      namespace,
      number,
      fc.oneof(
        { weight: 5, arbitrary: event },
        { weight: 1, arbitrary: cursorText.map(after => JSON.stringify({ after })) },
      ),
    )
    .map(parts => parts.join('')),
)

/** Of Engine.IO: open, close, ping, pong, message, upgrade, noop, and what is none. Bytes. */
export const packet: fc.Arbitrary<string> = fc
  .oneof(
    { weight: 8, arbitrary: inner.map(text => `4${text}`) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        '3',
        '2',
        '1',
        '0',
        '5',
        '6',
        '2probe',
        '3probe',
        '40',
        '40{"after":"earliest"}',
        '41',
        '',
        '4',
        '7',
        'b',
        'bAQID',
        'b====',
      ),
    },
    { weight: 1, arbitrary: oddText },
  )
  .map(inBytes)

const payload = fc.oneof(
  { weight: 8, arbitrary: fc.array(packet, { maxLength: 6 }).map(packets => packets.join('\x1e')) },
  {
    weight: 1,
    arbitrary: fc.tuple(packet, fc.nat(3000)).map(([each, count]) =>
      Array(each.length > 50 ? 3 : count)
        .fill(each)
        .join('\x1e'),
    ),
  },
)

const where = fc.constant(`${sessionPath}&sid={SESSION}`)
/** A GET is held until there is something: what was posted brings it. */
const poll = where.map(to => got(to))
const message = fc.oneof(
  { weight: 4, arbitrary: posted(where, payload, 'Content-Type: text/plain;charset=UTF-8\r\n') },
  { weight: 1, arbitrary: poll },
)

export const sessions: readonly fc.Arbitrary<Conversation>[] = [talk({ kind: 'sessions', message, most: 4 })]
