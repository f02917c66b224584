import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeError, isExitError } from '../cli/exit.ts'
import { fitPlan } from '../fit-plan.ts'
import { scenarioOf } from '../scenarios.ts'
import { checkHold, checkMachine, type Machine, type Needs, readMachine } from './preflight.ts'

const needs = (clients: number, more: Partial<Needs> = {}): Needs => ({
  clients,
  openAtOnce: clients,
  perProcess: clients,
  descriptorsPerClient: 1,
  ...more,
})
const large: Machine = { fileLimit: null, localPorts: null, availableBytes: 1e15 }

function refusal(wanted: Needs, machine: Partial<Machine>): { code: number; text: string } | undefined {
  try {
    checkMachine(wanted, { ...large, ...machine })
  } catch (error) {
    if (isExitError(error)) return { code: error.exitCode, text: describeError(error) }
    throw error
  }
  return undefined
}

/** What the remedy says to type. */
const remedyClients = (text: string) => Number(/npm run bench -- -c (\d+)$/.exec(text)?.[1])

describe('open files', () => {
  test('are checked against the hard limit, with what a process needs for itself', () => {
    expect(refusal(needs(900), { fileLimit: 1000 })).toBeUndefined()
    expect(refusal(needs(901), { fileLimit: 1000 })).toEqual({
      code: 3,
      text:
        '901 clients need 1001 open files in one process (901 connections × 1 + 100); the hard limit is 1000\n' +
        'raise it (as root: ulimit -Hn 1001; for a service: LimitNOFILE=1001), or: npm run bench -- -c 900',
    })
  })

  test('count three a client where a transport may hold three', () => {
    expect(refusal(needs(300, { descriptorsPerClient: 3 }), { fileLimit: 1000 })).toBeUndefined()
    expect(refusal(needs(301, { descriptorsPerClient: 3 }), { fileLimit: 1000 })?.text).toContain(
      'need 1003 open files',
    )
  })

  test('count every transport that is open side by side', () => {
    const refused = refusal(needs(300, { openAtOnce: 1200 }), { fileLimit: 1000 })
    expect(refused?.text).toContain('need 1300 open files in one process (1200 connections × 1 + 100)')
    expect(remedyClients(refused!.text)).toBe(225)
  })

  test('without a limit are never a reason', () => {
    expect(refusal(needs(100_000), { fileLimit: null })).toBeUndefined()
  })
})

test('local ports bound the connections to one server', () => {
  expect(refusal(needs(28_232), { localPorts: 28_232 })).toBeUndefined()
  const refused = refusal(needs(28_233), { localPorts: 28_232 })
  expect(refused?.code).toBe(3)
  expect(refused?.text).toContain(
    '28233 clients need 28233 local ports towards one server (28233 connections × 1); this machine has 28232',
  )
  expect(remedyClients(refused!.text)).toBe(28_232)
})

test('memory is estimated from both ends of every connection', () => {
  expect(refusal(needs(1000), { availableBytes: 400_000_000 })).toBeUndefined()
  const refused = refusal(needs(2000), { availableBytes: 400_000_000 })
  expect(refused?.code).toBe(3)
  expect(refused?.text).toContain(
    '2000 clients need about 500 MB of memory (2000 connections × 100 kB + 300 MB); 400 MB are available',
  )
  expect(remedyClients(refused!.text)).toBe(1000)
  expect(refusal(needs(1), { availableBytes: 1000 })?.text).toContain('or: a larger machine')
})

test('scenarios that may be left out are, with the reason; the others end the run', () => {
  const machine = { fileLimit: 1000, localPorts: null, availableBytes: 1e12 }
  const small = scenarioOf({ clients: 100 })
  const large = scenarioOf({ clients: 2000 })
  const plan = { scenarios: [small, large], transports: ['a'], rounds: 1 }
  const fitted = fitPlan({ ...plan, dispensable: [large.id] }, machine)
  expect(fitted.plan.scenarios).toEqual([small])
  expect(fitted.leftOut).toEqual([
    expect.stringMatching(/^2000 subscribers · 10\/s is left out: 2000 clients need 2100 open files/),
  ])
  expect(() => fitPlan(plan, machine)).toThrow(/^2000 clients need/)
  expect(() => fitPlan({ ...plan, scenarios: [large], dispensable: [large.id] }, machine)).toThrow(/^2000 clients/)
  // Idle subscribers of all transports are open side by side.
  const idle = scenarioOf({ clients: 400, kind: 'idle' })
  expect(() => fitPlan({ ...plan, scenarios: [idle], transports: ['a', 'b', 'c'] }, machine)).toThrow(/1300 open files/)
})

test('the relay of an emulated network holds two files a connection', () => {
  const machine = { fileLimit: 1000, localPorts: null, availableBytes: 1e12 }
  const plan = { transports: ['a'], rounds: 1 }
  expect(() => fitPlan({ ...plan, scenarios: [scenarioOf({ clients: 450, rttMs: 10 })] }, machine)).not.toThrow()
  expect(() => fitPlan({ ...plan, scenarios: [scenarioOf({ clients: 451, rttMs: 10 })] }, machine)).toThrow(
    '451 clients need 1002 open files in one process (902 connections × 1 + 100)',
  )
  expect(() => fitPlan({ ...plan, scenarios: [scenarioOf({ clients: 451 })] }, machine)).not.toThrow()
})

test('what the remedy says to type then passes', () => {
  const wanted = needs(5000, { openAtOnce: 20_000, descriptorsPerClient: 3 })
  for (const machine of [{ fileLimit: 4096 }, { localPorts: 28_232 }, { availableBytes: 7e8 }]) {
    const clients = remedyClients(refusal(wanted, machine)!.text)
    expect(clients).toBeGreaterThan(0)
    expect(refusal(needs(clients, { openAtOnce: clients * 4, descriptorsPerClient: 3 }), machine)).toBeUndefined()
  }
})

describe('connections that are held', () => {
  const refusalOf = (clients: number, workers: number, machine: Partial<Machine>): string => {
    try {
      checkHold({ clients, workers }, { ...large, ...machine })
    } catch (error) {
      if (isExitError(error)) return describeError(error)
      throw error
    }
    return ''
  }

  test('are shared by processes, none of which may have too many; the remedy is more of them', () => {
    expect(refusalOf(70_000, 5, { fileLimit: 20_000 })).toBe('')
    const refused = refusalOf(70_000, 4, { fileLimit: 20_000 })
    expect(refused).toBe(
      '70000 connections by 4 workers need 21100 open files in one process (21000 connections + 100); the hard limit is 20000\n' +
        'let more processes share them: npm run bench -- --experiment 65k --connections 70000 --workers 5',
    )
    expect(refusalOf(1_000_000, 64, { fileLimit: 1024 })).toMatch(/ulimit -Hn 18850.*--connections 49280$/)
    expect(refusalOf(49_280, 64, { fileLimit: 1024 })).toBe('')
  })

  test.each([
    ['local ports', { localPorts: 28_232 }, 28_232],
    ['files of the whole system', { systemFiles: 100_000 }, 50_000],
    ['room in the packet filter', { trackable: 60_000 }, 60_000],
    ['memory', { availableBytes: 2_000_000_000 }, 30_000],
  ])('need %s, and fewer of them are the remedy', (_, machine, most) => {
    const refused = refusalOf(70_000, 5, machine)
    expect(refused.split('\n')).toHaveLength(2)
    const remedy = Number(/--connections (\d+)$/.exec(refused)?.[1])
    expect(remedy).toBe(most)
    expect(refusalOf(remedy, 5, machine)).toBe('')
  })

  test('are looked at before a run begins', () => {
    const scenario = scenarioOf({ kind: 'hold', clients: 70_000, workers: 2 })
    const plan = { scenarios: [scenario], transports: ['a'], rounds: 1 }
    expect(() => fitPlan(plan, { ...large, fileLimit: 20_000 })).toThrow(/^70000 connections by 2 workers need/)
  })
})

test.runIf(process.platform === 'linux')('the limits of this machine are read', async () => {
  const machine = await readMachine()
  const [low, high] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').trim().split(/\s+/).map(Number)
  // Of 250 client addresses.
  expect(machine.localPorts).toBe(Math.floor((high! - low! + 1) * 0.9) * 250)
  const [total, available] = ['MemTotal', 'MemAvailable'].map(
    name => 1024 * Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))![1]),
  )
  expect(machine.availableBytes).toBeLessThanOrEqual(total!)
  // Others take and give back meanwhile; and what a control group allows may be less.
  const isAllowedAll = process.constrainedMemory() === 0 || process.constrainedMemory() > total!
  if (isAllowedAll) expect(machine.availableBytes).toBeGreaterThan(available! / 2)
  const [open, , most] = readFileSync('/proc/sys/fs/file-nr', 'utf8').trim().split(/\s+/).map(Number)
  expect(machine.systemFiles).toBeLessThanOrEqual(most!)
  expect(machine.systemFiles).toBeGreaterThanOrEqual(most! - 2 * open! - 10_000)
})
