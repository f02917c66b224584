// A teacher's action, checked: every error names the key, the rule and the value.
import { checkKeys, numberOf } from '../guard.ts'
import { Problem, quote } from '../problem.ts'
import { type Action, actionLimits, type Knobs, phases } from './wire.ts'

type Body = Readonly<Record<string, unknown>>

const knobs: Readonly<Record<keyof Knobs, { min: number; max: number; isWhole?: boolean }>> = {
  ratePerSecond: { ...actionLimits.ratePerSecond, isWhole: false },
  pollIntervalMs: actionLimits.pollIntervalMs,
  rttMs: actionLimits.rttMs,
  clients: actionLimits.clients,
}

const checks: Readonly<Record<Action['action'], (body: Body) => Action>> = {
  knobs(body) {
    const names = Object.keys(knobs) as (keyof Knobs)[]
    checkKeys(body, ['action', ...names])
    const given = names.filter(name => Object.hasOwn(body, name))
    return {
      action: 'knobs',
      ...Object.fromEntries(given.map(name => [name, numberOf(body, name, knobs[name])])),
    }
  },
  publish(body) {
    checkKeys(body, ['action', 'count'])
    return { action: 'publish', count: numberOf(body, 'count', actionLimits.publish) }
  },
  cut(body) {
    checkKeys(body, ['action', 'forMs'])
    return { action: 'cut', forMs: numberOf(body, 'forMs', actionLimits.cutMs) }
  },
  scene(body) {
    checkKeys(body, ['action', 'scene', 'phase'])
    const { scene, phase } = body
    if (typeof scene !== 'string' || !/^[a-z0-9-]{1,40}$/.test(scene))
      throw new Problem(400, `"scene" must be 1 to 40 of [a-z0-9-], got ${quote(scene)}`)
    const known = phases.find(name => name === phase)
    if (!known) throw new Problem(400, `"phase" must be one of ${phases.join(', ')}, got ${quote(phase)}`)
    return { action: 'scene', scene, phase: known }
  },
  lock(body) {
    checkKeys(body, ['action', 'isLocked'])
    if (typeof body.isLocked !== 'boolean')
      throw new Problem(400, `"isLocked" must be true or false, got ${quote(body.isLocked)}`)
    return { action: 'lock', isLocked: body.isLocked }
  },
  address(body) {
    checkKeys(body, ['action'])
    return { action: 'address' }
  },
  end(body) {
    checkKeys(body, ['action'])
    return { action: 'end' }
  },
}

/** The action that `body` asks for. Throws Problem 400. */
export function checkAction(body: Body): Action {
  const { action } = body
  if (typeof action !== 'string' || !Object.hasOwn(checks, action))
    throw new Problem(400, `"action" must be one of ${Object.keys(checks).join(', ')}, got ${quote(action)}`)
  return checks[action as Action['action']](body)
}
