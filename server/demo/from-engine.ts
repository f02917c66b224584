// What an engine tells the server, checked as far as the server itself goes by it: the rest is for the pages.
import { isRecord } from '../record.ts'
import { actionLimits, type DemoEvent, type FromEngine, type PieceBytes, phases, pieceLimits } from './wire.ts'

/** Base64 of the longest piece. */
const MAX_TEXT = 4 * Math.ceil(pieceLimits.bytes / 3)

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string'

/** A frame of an engine. Throws a sentence where it is none. */
export function fromEngine(text: string): FromEngine {
  const frame: unknown = JSON.parse(text)
  if (!isRecord(frame)) throw new Error('a frame must be an object with "start", "events" or "piece"')
  const { start, events, piece, bytes } = frame
  if (start !== undefined) {
    if (!isStart(start)) throw new Error('"start" must have "startedAtMs", "token", "code" and "joinUrls"')
    return { start }
  }
  if (piece !== undefined) {
    if (!isNumber(piece) || !(bytes === null || isPieceBytes(bytes)))
      throw new Error('"piece" must be a number, and "bytes" those of a piece or null')
    return { piece, bytes }
  }
  if (!Array.isArray(events)) throw new Error('"events" must be a list')
  if (!events.every(isEvent)) throw new Error('each event must have a number "t", a "kind" and what goes with it')
  return { events }
}

type Start = Extract<FromEngine, { start: unknown }>['start']

const isStart = (value: unknown): value is Start =>
  isRecord(value) &&
  isNumber(value.startedAtMs) &&
  isText(value.token) &&
  value.token !== '' &&
  isText(value.code) &&
  Array.isArray(value.joinUrls) &&
  value.joinUrls.every(url => isText(url) && URL.canParse(url))

const isPieceBytes = (value: unknown): value is PieceBytes =>
  isRecord(value) &&
  isNumber(value.piece) &&
  isText(value.bytes) &&
  value.bytes.length <= MAX_TEXT &&
  /^[A-Za-z0-9+/]*={0,2}$/.test(value.bytes) &&
  (value.left === undefined || isNumber(value.left))

function isEvent(value: unknown): value is DemoEvent {
  if (!isRecord(value) || !isNumber(value.t) || !isText(value.kind)) return false
  const { min, max } = actionLimits.pollIntervalMs
  if (value.kind === 'scene') return isText(value.scene) && phases.some(phase => phase === value.phase)
  if (value.kind === 'knobs')
    return isNumber(value.pollIntervalMs) && value.pollIntervalMs >= min && value.pollIntervalMs <= max
  return true
}
