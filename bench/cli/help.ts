// What `--help` and `--list` print.
import { MIN_SUBSCRIBERS_FOR_MEMORY } from '../../results/kinds/delivery.ts'
import { statisticNames } from '../../results/metrics.ts'
import { sharedBackplaneNames } from '../fleet/backplanes.ts'
import type { Known } from './argv.ts'
import { presets } from './options.ts'
import { wrap } from './terminal.ts'

const { clients, ratePerSecond, pollIntervalMs, waitMs, bodyBytes } = presets.default

/** The help text: examples first. */
export const helpText = (
  known: Known,
): string => `Measures what each transport costs, and gives, to deliver one notification stream on this machine.

Examples
  npm run bench                                       every transport, about three minutes
  npm run bench -- --preset smoke                     a first look, about 25 seconds
  npm run bench -- -t ${known.transports.slice(-2).join(',')} -c 500 -r 20
  npm run bench -- --poll 5s --rounds 10 --name "slow polling"
  npm run bench -- --tls --rtt 50ms                   over https and wss, fifty milliseconds away
  npm run bench -- --servers 3 --backplane rabbitmq   a fleet; the bench starts all its parts
  npm run -s bench -- --json > run.json               one JSON document, nothing else
  npm run bench -- --fail-on '${known.transports.at(-1)}.p99Ms>20'
  npm run bench -- compare previous latest            two runs, the earlier first; see below
  npm run bench -- repeat results/samples/delivery    the loads of a run, measured here

What is measured
  -t, --transports A,B     of ${known.transports.join(', ')} (all); ws, sio, short, long do
      --experiment NAMES   of ${known.experiments.join(', ')} (delivery)
      --preset NAME        smoke, default or full (default); options typed beside it win
      --list               print transports, and experiments by what they are about, with question and duration

Load
  -c, --clients N          subscribers per transport (${clients})
  -r, --rate N             notices per second (${ratePerSecond})
      --size BYTES         body of a notice (${bodyBytes})
      --schedule KIND      poisson or periodic (poisson)
      --poll MS            interval of short polling (${pollIntervalMs})
      --wait MS            how long a long poll is held (${waitMs})
      --rtt MS             emulated round trip between server and subscribers (0 = loopback)
      --jitter MS          extra delay, uniform from 0 to this (0)
      --bandwidth KBPS     of each subscriber's line and direction, 1000 bytes a second (no limit)
      --tls                subscribers connect by https and wss; bytes are counted under it
      --coalesce on|off    one write for what is appended in one turn of the event loop (on)
      --express router|app who answers: Express's Router, called by the HTTP server, or the whole app (router)
      --writes HOW         prepared: one buffer for all on their sockets; send: ws.send, res.write (prepared)
      --headers KIND       request headers of a poll: browser or bare (browser)
      --workers N          processes of the server that share its port, 1 to 64 (1)
      --servers K          a fleet of so many, 1 to 16, behind HAProxy on Redis unless said otherwise
      --balancer KIND      haproxy, or none: subscribers connect to the servers in turn
      --sticky KIND        cookie: the balancer keeps a client with its server; off (off)
      --backplane NAME     what joins the servers: ${sharedBackplaneNames.join(', ')}; memory for one alone
      --connections N      held at once, for the experiment 65k (70000)
      --minutes N          how long the experiment soak goes on after its warm-up (10)
      --slo MS             p99 that subscribers must be served within, for the experiment capacity (100)

Course of a run
      --rounds N           every transport is measured once a round (${presets.default.rounds})
      --precision P%       rounds go on until every ratio of medians to the fastest is known so well
      --rounds MIN-MAX     with --precision: at least, and at most (4-30; with --budget no most)
      --budget TIME        with --precision: no round begins that would end later, such as 3m; with --experiment
                           instead: rounds go on until each claim is decided, or its cells took so long
      --window MS          measured time of a cell (${presets.default.windowMs})
      --warmup MS          time before it (${presets.default.warmupMs})
      --order KIND         order of transports within a round: rotate or fixed (rotate)
      --seed N             of schedules and poll phases (drawn, and recorded with the run)
      --idle MS            length of the idle part (${presets.default.idleMs}); 0 leaves it out
      --cost MS            window of the cost part (${presets.default.costMs}): ${MIN_SUBSCRIBERS_FOR_MEMORY} subscribers, for CPU and
                           memory of the server; 0 leaves it out

Output
      --out DIR            folder that gets the run's own folder (results)
      --name TEXT          a name for the run
      --json               print the run as JSON on stdout, and nothing else there
  -q, --quiet              no progress
      --no-color           no colour (NO_COLOR, FORCE_COLOR and TERM=dumb are honoured)
  -h, --help
      --version

Conditions
      --fail-on TEXT       TRANSPORT.STATISTIC, one of > >= < <=, and a number, in quotes; may be repeated.
                           Exit code 1 where one holds, or where its figure is n/a. It is about the summary's
                           estimate, not its interval, under every scenario that measures the statistic
                           (the idle part only where nothing else does)
  Statistics: ${wrap(statisticNames.join(' '), 100).replaceAll('\n', '\n              ')}

Comparing
  compare A B              how B (later) differs from A (earlier): ids or names of runs in --out, latest, previous,
                           folders or run.json files; without A and B the last two. There is
                           no verdict where load or machine differ. Takes --fail-on, --json, --out, --no-color
      --fail-on TEXT       a plain number is about B; with %, as in '${known.transports.at(-1)}.p99Ms>10%', about the change
                           from A to B: trips where its whole 95 % interval fulfils it, or where it cannot be told

Repeating
  repeat RUN               measures the loads of a run here, with its seed, and says which of its claims get the
                           same verdict. Takes --rounds, --out, --name, --json, --quiet, --no-color
      --only CLAIM,...     only the loads that these of its claims need

Times take plain milliseconds, 500ms, 3s or 2m.
Exit codes: 0 ok · 1 data not usable, or --fail-on tripped · 2 usage · 3 this machine cannot
            4 server died or unreachable · 130 stopped
`

/** An experiment as `--list` shows it. */
export interface Listed {
  readonly name: string
  readonly question: string
  readonly group: string
  /** Besides Node. */
  readonly needs: string | undefined
  /** Under the options typed beside --list. */
  readonly durationMs: number
}

/** What `--list` prints: names under their headings, `groups` in their order; an experiment with how long it takes, the question it answers, and what it needs. */
export function listText(
  { transports, shortNames = {} }: Known,
  groups: Readonly<Record<string, string>>,
  experiments: readonly Listed[],
): string {
  const nameWidth = Math.max(...experiments.map(({ name }) => name.length))
  const short = (transport: string): string[] =>
    Object.entries(shortNames).flatMap(([word, name]) => (name === transport ? [word] : []))
  const line = ({ name, question, needs, durationMs }: Listed): string =>
    `  ${name.padEnd(nameWidth)}  ${minutesText(durationMs).padStart(8)}  ${question}${needs === undefined ? '' : ` (needs ${needs})`}`
  return [
    'transports (-t A,B)',
    ...transports.map(name => `  ${[name, ...short(name)].join(', ')}`),
    ...Object.entries(groups).flatMap(([group, heading]) => [
      '',
      heading,
      ...experiments.filter(each => each.group === group).map(line),
    ]),
    '',
    'npm run bench -- --experiment NAME, or several joined by commas; times are those of this machine under the options beside --list',
  ].join('\n')
}

/** `45 s` below a minute, else `2.8 min`. */
export const minutesText = (ms: number): string =>
  ms < 59_500 ? `${Math.round(ms / 1000)} s` : `${(ms / 60_000).toFixed(1)} min`
