// A process that was told to stand still does, with all its threads.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { standStill } from './stopped.ts'

test('a busy process with threads says nothing more once it is said to stand still', async () => {
  const program = `
    const { Worker } = require('node:worker_threads')
    new Worker(process.argv[1], { eval: true })
    setInterval(() => process.stdout.write('x'), 1)`
  const child = spawn(process.execPath, ['-e', program, 'for (;;) ;'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    let said = 0
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.length))
    await once(child.stdout, 'data')
    await standStill(child.pid!)
    // What it had said already may still be in the pipe.
    await new Promise(resolve => setTimeout(resolve, 50))
    const then = said
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(said).toBe(then)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

test('one that does not exist is an error', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  await expect(standStill(child.pid!)).rejects.toThrow('ESRCH')
})
