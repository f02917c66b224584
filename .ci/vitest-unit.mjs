// Every unit test has this before it: properties are tried from a known seed, and a test that starts a program fails.
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { configureGlobal } from 'fast-check'
import { afterEach } from 'vitest'

/** Where a property fails, fast-check's report names the seed: LAB_SEED=N repeats it, LAB_SEED=random tries others. */
const { LAB_SEED = '1' } = process.env
if (!/^(random|\d{1,9})$/.test(LAB_SEED))
  throw new Error(`LAB_SEED must be a whole number of at most nine digits, or random, got "${LAB_SEED}"`)
if (LAB_SEED !== 'random') configureGlobal({ seed: Number(LAB_SEED) })

const starts = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync']
const started = []
for (const name of starts)
  childProcess[name] = (...[command]) => {
    started.push(`${name}(${JSON.stringify(command)})`)
    throw new Error(`a unit test starts no program, and this one called ${started.at(-1)}`)
  }
syncBuiltinESMExports()

/** Also where somebody has caught that error. */
afterEach(() => {
  const calls = started.splice(0).join(', ')
  if (calls) throw new Error(`a unit test starts no program, and this one called ${calls}: see vitest.config.ts`)
})
