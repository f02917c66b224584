// What is read as a run, whichever revision wrote it.
import { expect, test } from 'vitest'
import { parseClaim, parseRun } from './format.ts'
import { sampleRun } from './sample-run.fixture.ts'

test('a parameter that has become an option of its transport is read as one', () => {
  const { scenarios, ...rest } = sampleRun({ transports: ['socket-io'] })
  const earlier = { ...rest, scenarios: scenarios.map(scenario => ({ ...scenario, socketIoOver: 'frames' })) }
  const read = parseRun(JSON.parse(JSON.stringify(earlier)))
  expect(read.scenarios).toEqual(
    scenarios.map(scenario => ({ ...scenario, transportOptions: { 'socket-io': { over: 'frames' } } })),
  )
})

test('what is no scenario is named as such', () => {
  const run = { ...sampleRun({ transports: ['socket-io'] }), scenarios: [null] }
  expect(() => parseRun(JSON.parse(JSON.stringify(run)))).toThrow('"scenarios[0]" is not as expected')
})

test('what is nested deeper than can be shown is refused with a sentence, too', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  expect(() => parseRun(JSON.parse(`{"format":${deep}}`))).toThrow(
    '"format" must be "transport-lab-run", got something',
  )
})

test('what is wrong in more places than a library can list is refused with a sentence, too', () => {
  const run = sampleRun({ transports: ['sse'] })
  const many = Array.from({ length: 200_000 }, () => ({}))
  // The first cell that is wrong ends the reading.
  expect(() => parseRun({ ...run, cells: many })).toThrow('"cells[0].scenario" is not as expected')
  const numbers = many.map((_, index) => String(index))
  const [first] = run.cells
  expect(() => parseRun({ ...run, cells: [first, { ...first, timeline: numbers }] })).toThrow(
    '"cells[1]" is not as expected in more places than can be told',
  )
  expect(() => parseRun({ ...run, transports: many })).toThrow('run.json: it is not as expected in more places')
  expect(parseClaim({ points: numbers })).toBeUndefined()
})

test('a claim may say in plain language what came of it, and links nothing but https', () => {
  const claim = {
    id: 'a',
    claim: 'b',
    source: 'c',
    prediction: 'd',
    tolerance: 'e',
    unit: 'f',
    points: [],
    verdict: 'refuted',
    why: 'g',
  }
  const told = { ...claim, topic: 'bytes', address: 'https://lab.test/', finding: 'It was not.', digest: 1 }
  const run = (claims: unknown[]) => JSON.parse(JSON.stringify({ ...sampleRun({ transports: ['sse'] }), claims }))
  expect(parseRun(run([claim, told])).claims).toEqual([claim, told])
  expect(() => parseRun(run([{ ...told, address: 'javascript:alert(1)' }]))).toThrow('"claims[0].address"')
})
