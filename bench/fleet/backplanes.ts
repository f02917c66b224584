// The programs behind the backplanes: the server's registry has a backplane's code, and this one what the bench starts for it.
import type { BackplaneName } from '../../server/backplanes/index.ts'

/** A program that makes one stream of several servers. */
export interface BackplaneProgram {
  readonly url: string
  readonly pid: number
  readonly died: Promise<never>
  pause(): Promise<void>
  resume(): void
  end(): Promise<void>
}

export interface FleetBackplane {
  /** Starts its program; absent = one server has it to itself. Throws ExitError 3 where it is not installed. */
  readonly start?: () => Promise<BackplaneProgram>
  /** It keeps nothing: who does not listen at the time never gets a notice. */
  readonly isLossy?: true
}

// Loaded when one is started: the command line asks for the names only.
const startRedis = (): Promise<BackplaneProgram> => import('./redis.ts').then(redis => redis.startRedis())
const startRabbitmq = (): Promise<BackplaneProgram> =>
  import('./rabbitmq.ts').then(rabbitmq => rabbitmq.startRabbitmq())

export const fleetBackplanes = {
  memory: {},
  redis: { start: startRedis },
  'redis-pubsub': { start: startRedis, isLossy: true },
  rabbitmq: { start: startRabbitmq },
} satisfies Record<BackplaneName, FleetBackplane>

const entries: Readonly<Record<string, FleetBackplane>> = fleetBackplanes

export const fleetBackplaneNames = Object.keys(fleetBackplanes) as readonly BackplaneName[]

/** Those that several servers can share. */
export const sharedBackplaneNames = fleetBackplaneNames.filter(name => entries[name]!.start)

/** The one that a scenario names. Throws where there is none. */
export function fleetBackplaneOf(name: string): FleetBackplane {
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined
  if (!entry) throw new Error(`no backplane is called ${JSON.stringify(name)}`)
  return entry
}
