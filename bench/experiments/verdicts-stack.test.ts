// The verdicts of claims about the stack that carries the stream (Express, ws, client libraries), on evidence made for each of them.
import { expect, test } from 'vitest'
import { type Change, slowed } from './made-up/evidence.fixture.ts'
import { judged } from './made-up/verdict.fixture.ts'

/** Each contestant's CPU for a delivery or a request, µs; a hundredth more or less by round. */
const costing =
  (us: Readonly<Record<string, number>>, alone = 0): Change =>
  (cell, { contestant }) => ({
    ...cell,
    delivered: cell.transport === null ? 0 : 1000,
    server: {
      ...cell.server,
      cpuUs: alone + (cell.transport === null ? 0 : 1000 * (us[contestant!] ?? 10) * (1 + (cell.round - 2) / 100)),
    },
  })

const express = {
  'bare-http': 30,
  'express-router': 36,
  'express-lean': 120,
  'plain-express': 180,
  lab: 35,
  'lab-app': 130,
}

test('Express is slow as an app and not as a Router: qualified, with what each layer adds', () => {
  const { verdict, points, why } = judged('express-poll', costing(express))
  expect(verdict).toBe('qualified')
  const shownAt = (label: string) => points.find(point => point.label.startsWith(label))!.measured!.value
  expect(shownAt('routing')).toBeCloseTo(6, 6)
  expect(shownAt("the app's exchange of prototypes")).toBeCloseTo(84, 6)
  expect(shownAt('X-Powered-By')).toBeCloseTo(60, 6)
  expect(shownAt('this lab, whole Express app, for one of this lab')).toBeCloseTo(130 / 35, 6)
  expect(why).toMatch(/^Plain Express took 6\.00 /)
})

test.each([
  ['reproduced where the Router is slow too', { ...express, 'express-router': 60 }, 'reproduced'],
  ['refuted where the app is not', { ...express, 'plain-express': 33 }, 'refuted'],
  ['undecided at the bound', { ...express, 'plain-express': 45 }, 'inconclusive'],
] as const)('the claim about Express is %s', (_, us, verdict) => {
  expect(judged('express-poll', costing(us)).verdict).toBe(verdict)
})

test('publishing is taken off a long poll', () => {
  const { points } = judged('express-held-poll', costing(express, 50_000))
  expect(points.find(({ label }) => label === 'bare node:http, µs')!.measured!.value).toBeCloseTo(30, 6)
})

test('a later median through the app is seen, and on one transport only it is a condition', () => {
  const later =
    (...transports: string[]): Change =>
    (cell, { express }) =>
      express && transports.includes(cell.transport!) ? slowed(cell, 2) : cell
  expect(judged('express-latency').verdict).toBe('refuted')
  expect(judged('express-latency', later('sse', 'long-polling')).verdict).toBe('reproduced')
  expect(judged('express-latency', later('long-polling')).verdict).toBe('qualified')
})

test('a library that takes a part of the median refutes that it does not matter; a poller’s does not', () => {
  const heavy =
    (transport: string): Change =>
    (cell, { clientLibrary }) =>
      clientLibrary && cell.transport === transport ? slowed(cell, 1.5) : cell
  expect(judged('client-library').verdict).toBe('reproduced')
  const { verdict, why } = judged('client-library', heavy('websocket'))
  expect(verdict).toBe('refuted')
  expect(why).toMatch(/websocket .* by ws: .* ms more, 33 % of what is measured/)
  expect(judged('client-library', heavy('short-polling')).verdict).toBe('reproduced')
})

test('a peer’s ratio is judged by its bound, and memory is a ratio too', () => {
  const us = { lab: 8, 'plain-ws': 10, nchan: 8 }
  expect(judged('peers-websocket', costing(us)).verdict).toBe('reproduced')
  expect(judged('peers-websocket', costing({ ...us, lab: 9 })).verdict).toBe('refuted')
  // The recipe that people copy is shown beside it, and bounds nothing.
  const { verdict: withCheapRecipe, points } = judged('peers-websocket', costing({ ...us, 'recipe-websocket': 4 }))
  expect(withCheapRecipe).toBe('reproduced')
  const { claimed, measured } = points.find(({ label }) => label === 'this lab for one of the recipe')!
  expect([claimed, measured!.value]).toEqual([null, 2])
  const grown =
    (kB: Readonly<Record<string, number>>): Change =>
    (cell, { contestant, clients }) => ({
      ...cell,
      server: {
        ...cell.server,
        rssBeforeBytes: 60e6,
        rssBytes: Math.round(60e6 + 1000 * clients * (kB[contestant!] ?? 10) * (1 + (cell.round - 2) / 1000)),
      },
    })
  expect(judged('peers-memory', grown({ lab: 9 })).verdict).toBe('reproduced')
  const { verdict, why } = judged('peers-memory', grown({ lab: 13 }))
  expect(verdict).toBe('refuted')
  expect(why).toContain('websocket, this lab for one of plain ws 1.30')
})
