// The class: the phones that joined, what they told last, and what they predict.
import { nowMs } from '../clock.ts'
import type { ByteAccount } from '../meter.ts'
import { Problem, quote } from '../problem.ts'
import {
  demoLimits,
  type Joined,
  type Phase,
  type PhoneCount,
  phoneKeyPattern,
  type Report,
  type Told,
} from './wire.ts'

/** A phone of which nothing was heard for this long is asleep; for the second, it has left, and its place is kept as long as nobody needs it. */
const ASLEEP_MS = 6000
const LEFT_MS = 180_000

export interface Phone {
  readonly phone: number
  /** What it is known by, and tells nobody else. */
  readonly key: string
  /** Requests on delivery paths and bytes of the connections they came on. */
  readonly account: ByteAccount
  transport: string
}

export interface Class {
  /** Phones that have not left. */
  readonly size: number
  isLocked: boolean
  /** The phone of a key, whatever was sent as one. */
  find(key: unknown): Phone | undefined
  /** The phone of a key, or a new one, on the transport that fewest have. Throws Problem 400 where it is no key, 403 where the class is locked, 409
   * where it is full. */
  join(key: unknown): Phone
  /** Its page was closed: until it is heard of again it is not among the phones. */
  leave(phone: Phone): void
  /** Throws Problem 400 for a transport that is none. */
  change(phone: Phone, transport: string): void
  report(phone: Phone, report: Report): void
  /** A prediction. Throws Problem 409 unless that scene's question stands. */
  vote(phone: Phone, scene: string, choice: number): void
  /** What the log said of scenes and knobs. */
  scene(scene: string, phase: Phase): void
  told(phone: Phone): Told
  joined(phone: Phone): Joined
  /** Predictions of the scene so far. */
  votes(): { readonly scene: string; readonly counts: readonly number[] } | undefined
  /** For the log, where it differs from what was told last. */
  changes(): readonly PhoneCount[] | undefined
}

export interface ClassParts {
  readonly transports: readonly string[]
  /** Last notice that was published. */
  readonly headSeq: () => number
  readonly headCursor: () => string
  readonly pollIntervalMs: () => number
  readonly isOver: () => boolean
  /** Brings every account up to this moment. */
  readonly settle: () => void
}

interface JoinedPhone extends Phone {
  hasLeft: boolean
  report: Report
  reportedAtMs: number
  headAtReport: number
  readonly votes: Map<string, number>
}

export function createClass({ transports, headSeq, headCursor, pollIntervalMs, isOver, settle }: ClassParts): Class {
  const phones = new Map<string, JoinedPhone>()
  let next = 1
  let current: { scene: string; phase: Phase } | undefined
  let toldLast = ''
  const choices = Math.max(demoLimits.choices, transports.length)

  const silentMs = ({ reportedAtMs }: JoinedPhone): number => performance.now() - reportedAtMs
  const isHere = (phone: JoinedPhone): boolean => !phone.hasLeft && silentMs(phone) <= LEFT_MS
  const present = (): JoinedPhone[] => [...phones.values()].filter(isHere)
  const member = (phone: Phone): JoinedPhone => phones.get(phone.key)!
  const heardOf = (phone: JoinedPhone): void => {
    phone.hasLeft = false
    phone.reportedAtMs = performance.now()
  }
  const find = (key: unknown): JoinedPhone | undefined => (typeof key === 'string' ? phones.get(key) : undefined)

  /** Of those who left, the one that was silent for longest gives up its place to who comes. */
  function makeRoom(): void {
    if (phones.size < demoLimits.phones) return
    const [first] = [...phones.values()].filter(phone => !isHere(phone)).sort((a, b) => silentMs(b) - silentMs(a))
    if (!first) throw new Problem(409, `the class is full: it has ${demoLimits.phones} phones`)
    phones.delete(first.key)
  }

  const self: Class = {
    isLocked: false,
    get size() {
      return present().length
    },
    find,
    join(key) {
      const known = find(key)
      if (known) {
        heardOf(known)
        return known
      }
      if (typeof key !== 'string' || !phoneKeyPattern.test(key))
        throw new Problem(400, `"key" must be 22 of [A-Za-z0-9_-], got ${quote(key)}`)
      if (self.isLocked) throw new Problem(403, 'the class is locked: nobody can join now')
      makeRoom()
      const here = present()
      const crowd = (name: string) => here.filter(({ transport }) => transport === name).length
      const transport = transports.reduce((best, name) => (crowd(name) < crowd(best) ? name : best))
      const phone: JoinedPhone = {
        phone: next++,
        key,
        account: { requests: 0, bytesIn: 0, bytesOut: 0 },
        transport,
        hasLeft: false,
        report: { seq: headSeq(), delivered: 0, delayMs: null, uncertaintyMs: null },
        reportedAtMs: performance.now(),
        headAtReport: headSeq(),
        votes: new Map(),
      }
      phones.set(key, phone)
      return phone
    },
    leave(phone) {
      member(phone).hasLeft = true
    },
    change(phone, transport) {
      if (!transports.includes(transport))
        throw new Problem(400, `"transport" must be one of ${transports.join(', ')}, got ${quote(transport)}`)
      phone.transport = transport
      heardOf(member(phone))
    },
    report(phone, report) {
      heardOf(member(phone))
      Object.assign(member(phone), { report, headAtReport: headSeq() })
    },
    vote(phone, scene, choice) {
      if (current?.scene !== scene || current.phase !== 'ask')
        throw new Problem(409, 'the question does not stand any more')
      if (choice >= choices) throw new Problem(400, `"choice" must be less than ${choices}, got ${choice}`)
      member(phone).votes.set(scene, choice)
    },
    scene(scene, phase) {
      // Asked anew, a question is answered anew.
      if (phase === 'ask') for (const { votes } of phones.values()) votes.delete(scene)
      current = phase === 'over' ? undefined : { scene, phase }
    },
    told(phone) {
      settle()
      const { account, votes } = member(phone)
      return {
        nowMs: nowMs(),
        headSeq: headSeq(),
        requests: account.requests,
        bytesUp: account.bytesIn,
        bytesDown: account.bytesOut,
        scene: current ? { ...current, choice: votes.get(current.scene) ?? null } : null,
        pollIntervalMs: pollIntervalMs(),
        isOver: isOver(),
      }
    },
    joined: phone => ({
      phone: phone.phone,
      transport: phone.transport,
      cursor: headCursor(),
      ...self.told(phone),
    }),
    votes() {
      if (!current) return undefined
      const counts: number[] = Array(choices).fill(0)
      for (const { votes } of phones.values()) {
        const choice = votes.get(current.scene)
        if (choice !== undefined) counts[choice]!++
      }
      return { scene: current.scene, counts }
    },
    changes() {
      settle()
      const counts = present().map((one): PhoneCount => {
        const { phone, transport, account, report, headAtReport } = one
        const isAsleep = silentMs(one) > ASLEEP_MS
        return {
          phone,
          transport,
          state: isAsleep ? 'asleep' : 'awake',
          delayMs: report.delayMs,
          uncertaintyMs: report.uncertaintyMs,
          // What was published since its report it may well have.
          behind: Math.max(0, (isAsleep ? headSeq() : headAtReport) - report.seq),
          delivered: report.delivered,
          requests: account.requests,
          bytesUp: account.bytesIn,
          bytesDown: account.bytesOut,
        }
      })
      const text = JSON.stringify(counts)
      if (text === toldLast || (counts.length === 0 && toldLast === '')) return undefined
      toldLast = text
      return counts
    },
  }
  return self
}
