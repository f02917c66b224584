import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { coresOf, pin, pinCell, prefer } from './cores.ts'

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

  test('are all cores again, also for what was begun by a pinned process, in a cell with workers', async () => {
    const idle = 'setInterval(() => {}, 1000)'
    const begins = `const { pid } = require('child_process').spawn(process.execPath, ['-e', '${idle}']); console.log(pid)`
    const child = spawn(process.execPath, ['-e', begins])
    const [said] = (await once(child.stdout, 'data')) as [Buffer]
    const pids = [child.pid!, Number(said)]
    onTestFinished(() => {
      for (const pid of pids) process.kill(pid, 'SIGKILL')
    })
    const allowed = () =>
      Promise.all(
        pids.map(async pid => /^Cpus_allowed_list:.*$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))![0]),
      )
    if (process.platform !== 'linux') return
    const before = await allowed()
    await Promise.all(pids.map(pid => pin(pid, 'server')))
    await pinCell({ workers: 2 }, [child.pid!], [])
    expect(await allowed()).toEqual(before)
  })

  test('run a preferred process first where the system allows it, all its threads alike, and say whether they do', async () => {
    const child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)'])
    onTestFinished(() => void child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    const isFirst = await prefer(child.pid!)
    if (process.platform !== 'linux') return expect(isFirst).toBe(false)
    const { pid } = child
    const threads = await readdir(`/proc/${pid}/task`)
    expect(threads.length).toBeGreaterThan(1)
    for (const thread of threads) {
      // Behind the name, fields 40 and 41 of stat(5): the real-time priority, and the policy, 2 being SCHED_RR.
      const fields = (await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
      expect(fields.slice(37, 39)).toEqual(isFirst ? ['1', '2'] : ['0', '0'])
    }
  })

  test('do not keep a preferred process waiting for its own threads: its collectors go on, in its main thread and beside it', async () => {
    const garbage = `() => {
      for (let round = 0, kept = []; round < 60; round++)
        if (kept.push(Array.from({ length: 2000 }, (_, n) => ({ n }))) > 30) kept = []
    }`
    const beside = `const { parentPort } = require('worker_threads')
      parentPort.on('message', () => { (${garbage})(); parentPort.postMessage('') })`
    const child = spawn(process.execPath, [
      '-e',
      `const worker = new (require('worker_threads').Worker)(${JSON.stringify(beside)}, { eval: true })
      worker.on('online', () => console.log('up')).on('message', () => { (${garbage})(); console.log('done') })
      process.stdin.on('data', () => worker.postMessage(''))`,
    ])
    onTestFinished(() => void child.kill('SIGKILL'))
    child.stdout.setEncoding('utf8')
    expect(await once(child.stdout, 'data')).toEqual(['up\n'])
    await pin(child.pid!, 'load')
    await prefer(child.pid!)
    for (let round = 0; round < 3; round++) {
      const said = once(child.stdout, 'data')
      child.stdin.write('again')
      expect(await said).toEqual(['done\n'])
    }
  })
})
