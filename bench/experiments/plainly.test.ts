// What every claim says besides its rule: what it is about, where its source stands, and what each verdict means in plain language.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Claim, parseRun } from '../../results/format.ts'
import { findingOf, judgeClaim } from '../claims.ts'
import { digest } from '../digest.ts'
import { claimTest, groups } from './experiment.ts'
import { experiments } from './index.ts'
import { expectPlain, expectTitle } from './made-up/plain.fixture.ts'

const { all, ...each } = experiments
const claims = new Map(Object.values(each).flatMap(({ claims = [] }) => claims.map(claim => [claim.id, claim])))
const { start: _, all: __, ...topics } = groups
const samples = new URL('../../results/samples/', import.meta.url)

describe.each([...claims])('%s', (id, { claim, plainly, topic, address, source }) => {
  test('is a title in whole words', () => expectTitle(claim, id))

  test('has lines that a student can read', () => {
    expect(Object.keys(plainly)).not.toEqual([])
    for (const line of Object.values(plainly)) if (typeof line === 'string') expectPlain(line, id)
  })

  test('is about something, and links its source by https where it has an address', () => {
    expect(Object.keys(topics)).toContain(topic)
    if (address !== undefined) expect(new URL(address).protocol).toBe('https:')
    if (/^folklore/.test(source)) expect(address).toBeUndefined()
  })
})

test('what came of the claims of the committed runs can be read by a student', () => {
  for (const name of readdirSync(samples)) {
    const run = parseRun(JSON.parse(readFileSync(new URL(`${name}/run.json`, samples), 'utf8')))
    for (const claim of run.claims ?? []) {
      const fixed = claims.get(claim.id)
      if (!fixed) continue
      const { finding, claim: title } = claim
      expectPlain(finding, `${claim.id} of ${name}`)
      // Figures and verdicts are of the run, the words those of today.
      expect({ finding, title }).toEqual({ finding: findingOf(fixed.plainly, claim), title: fixed.claim })
    }
  }
})

test('the digest has eight claims at most, each of them once', () => {
  expect(digest.length).toBeLessThanOrEqual(8)
  expect(new Set(digest).size).toBe(digest.length)
  for (const id of digest) expect([...claims.keys()]).toContain(id)
})

const fixed = { claim: 'a', source: 'b', prediction: 'c', tolerance: 'd', unit: 'e' }
const points: Claim['points'] = [
  { label: 'x', predicted: null, claimed: null, measured: { value: 3, low: 2, high: 4, n: 3 } },
]
const judged = (verdict: 'refuted' | 'inconclusive', of = points, id = 'made-up') =>
  judgeClaim(
    claimTest({
      id,
      ...fixed,
      topic: 'cost',
      address: 'https://lab.test/',
      plainly: { refuted: ([point]) => `It was ${point!.measured!.value}.`, inconclusive: 'Perhaps.' },
      judge: () => ({ points: of, verdict, why: 'for 1 reason' }),
    }),
    { cells: [], scenarios: [], transports: [] },
  )

describe('a judged claim', () => {
  test('says what its verdict means, with what was measured', () => {
    expect(judged('refuted')).toEqual({
      id: 'made-up',
      ...fixed,
      topic: 'cost',
      address: 'https://lab.test/',
      points,
      verdict: 'refuted',
      why: 'for 1 reason',
      finding: 'It was 3.',
    })
  })

  test('says that the run could not tell where its rule has nothing to say', () => {
    expect(judged('inconclusive').finding).toBe('Perhaps.')
    expect(judged('inconclusive', []).finding).toBe('This run could not tell.')
    const failing = claimTest({
      id: 'failing',
      ...fixed,
      plainly: {},
      judge: (): { points: Claim['points']; verdict: 'inconclusive'; why: string } => {
        throw new Error('no cell')
      },
    })
    expect(judgeClaim(failing, { cells: [], scenarios: [], transports: [] })).toMatchObject({
      verdict: 'inconclusive',
      finding: 'This run could not tell.',
    })
  })

  test('knows its place in the digest', () => {
    expect(judged('refuted', points, digest[2]).digest).toBe(3)
    expect(judged('refuted')).not.toHaveProperty('digest')
  })
})

test('a verdict without a line does not compile, nor a line for a verdict that is never given', () => {
  const judge = () => ({ points, verdict: 'refuted' as 'refuted' | 'reproduced', why: '' })
  // @ts-expect-error: `reproduced` has no line.
  claimTest({ id: 'less', ...fixed, plainly: { refuted: 'No.' }, judge })
  // @ts-expect-error: nothing is ever qualified.
  claimTest({ id: 'more', ...fixed, plainly: { refuted: 'No.', reproduced: 'Yes.', qualified: 'Perhaps.' }, judge })
})
