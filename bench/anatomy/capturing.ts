// One capture at a time: what the tap keeps from its beginning to its end, with what is published meanwhile, and the server's own count of it.
import { type Capture, captureLimits, type Published } from '../../client/anatomy/capture.ts'
import { redact } from '../../client/anatomy/redact.ts'
import type { CapturePlan, Count, TapCalls } from '../../server/anatomy/wire.ts'
import { paths } from '../../server/protocol.ts'
import type { Poster } from '../load/post.ts'
import { browserIn } from './browser-name.ts'
import { ownOf } from './own.ts'
import { plan, publications } from './plan.ts'
import type { Tap } from './tap.ts'

export interface CapturingParts {
  readonly tap: Pick<Tap, 'begin' | 'quiet' | 'end'>
  readonly poster: Pick<Poster, 'post'>
  /** The server's count of its connections since the beginning. */
  readonly count: () => Promise<readonly Count[]>
  readonly isSecure: boolean
  /** How long a capture goes on that nobody ends. */
  readonly lastsMs?: number
}

export interface Capturing {
  /** Throws a sentence where one is under way. */
  begin(wish: TapCalls['begin']['argument']): CapturePlan
  /** What was captured, without what tells who did. Throws a sentence where nothing was, or not all of it. */
  end(wish: TapCalls['end']['argument']): Promise<Capture>
  close(): void
}

interface UnderWay {
  readonly transport: string
  readonly client: string
  readonly takenAt: string
  readonly published: Published[]
  readonly timers: readonly NodeJS.Timeout[]
  /** Publishes, one after the other; rejects with the first that was refused. */
  posting: Promise<void>
  isEnding: boolean
}

export function createCapturing({
  tap,
  poster,
  count,
  isSecure,
  lastsMs = captureLimits.lastsMs,
}: CapturingParts): Capturing {
  let underWay: UnderWay | undefined
  /** What became of the last one, where nobody ended it. */
  let gaveUp = ''

  function stopTimers({ timers }: UnderWay): void {
    for (const timer of timers) clearTimeout(timer)
  }

  function giveUp(): void {
    if (!underWay || underWay.isEnding) return
    stopTimers(underWay)
    tap.end()
    gaveUp = `; the last one was given up after ${lastsMs / 1000} s, since nobody ended it`
    underWay = undefined
  }

  return {
    begin({ transport, port, userAgent }) {
      if (underWay)
        throw new Error(
          `a capture of ${underWay.transport} is under way, and there is one at a time: try again in ${Math.ceil(plan.lastsMs / 1000)} s`,
        )
      const clock = tap.begin(port)
      gaveUp = ''
      const own: UnderWay = {
        transport,
        client: browserIn(userAgent),
        takenAt: new Date().toISOString(),
        published: [],
        timers: [
          setTimeout(giveUp, lastsMs),
          ...publications.map(({ atMs, bodies }) => setTimeout(() => publish(bodies), atMs)),
        ],
        posting: Promise.resolve(),
        isEnding: false,
      }
      const publish = (bodies: readonly unknown[]): void => {
        own.posting = own.posting.then(async () => {
          const atMs = clock()
          const { status, text } = await poster.post(paths.notices, JSON.stringify(bodies.map(body => ({ body }))))
          if (status !== 201) throw new Error(`a notice was answered with ${status}: ${text}`)
          const { seqs } = JSON.parse(text) as { seqs: number[] }
          own.published.push(...seqs.map(seq => ({ seq, atMs })))
        })
        // Whoever ends the capture is told.
        own.posting.catch(() => {})
      }
      underWay = own
      return plan
    },
    async end({ port }) {
      const own = underWay
      if (!own || own.isEnding)
        throw new Error(own ? 'the capture is being ended already' : `no capture is under way${gaveUp}`)
      own.isEnding = true
      stopTimers(own)
      try {
        await tap.quiet()
        const { connections, lastedMs, isFull } = tap.end(port)
        await own.posting
        if (isFull)
          throw new Error(
            `the capture must have at most ${captureLimits.bytes} bytes, and more passed: it was given up`,
          )
        const { transport, client, takenAt, published } = own
        // What a page opens once it has stopped is for asking for the end.
        const inTime = connections.filter(({ openedMs }) => openedMs <= plan.lastsMs)
        return redact({
          format: 'transport-lab-capture',
          version: 1,
          transport,
          isSecure,
          takenAt,
          client,
          lastedMs,
          published,
          ...ownOf(inTime, await count(), transport, isSecure),
          redacted: [],
        })
      } finally {
        underWay = undefined
      }
    },
    close() {
      if (underWay) stopTimers(underWay)
    },
  }
}
