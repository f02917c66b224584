import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { coresOf, pin, prefer } from './cores.ts'

describe('cores', () => {
  test('are parted between server and load where there are two or more', () => {
    expect([coresOf('server', 1), coresOf('load', 1)]).toEqual([undefined, undefined])
    expect([coresOf('server', 2), coresOf('load', 2)]).toEqual(['0', '1'])
    expect([coresOf('server', 8), coresOf('load', 8)]).toEqual(['0', '1-7'])
  })

  test('are what a pinned process may use', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    const isPinned = await pin(child.pid!, 'server')
    const canBe = process.platform === 'linux' && availableParallelism() >= 2
    expect(isPinned).toBe(canBe)
    if (canBe) expect(await readFile(`/proc/${child.pid}/status`, 'utf8')).toMatch(/^Cpus_allowed_list:\t0$/m)
  })

  test('run a preferred process first where the system allows it, and say whether it does', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child, 'spawn')
    const isFirst = await prefer(child.pid!)
    if (process.platform !== 'linux') return expect(isFirst).toBe(false)
    // Field 41 of stat(5), counted from behind the name: the policy, 1 being SCHED_FIFO.
    const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    expect(fields[38]).toBe(isFirst ? '1' : '0')
  })
})
