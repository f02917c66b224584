// A RabbitMQ that the bench starts touches nothing of the machine's own, and leaves nothing behind.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listening } from './program.ts'
import { startRabbitmq } from './rabbitmq.ts'

const folders = (): string[] => readdirSync(tmpdir()).filter(name => name.startsWith('transport-lab-rabbitmq-'))

/** Processes with a word in their environment. */
function runningWith(word: string): number[] {
  const isTold = (pid: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(word)
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter(name => /^[0-9]+$/.test(name) && isTold(name))
    .map(Number)
}

test.runIf(process.platform === 'linux')(
  'keeps to its folder, and ends with all that came with it',
  async () => {
    const before = new Set(folders())
    const broker = await startRabbitmq()
    onTestFinished(() => broker.end())
    const folder = join(tmpdir(), folders().find(name => !before.has(name))!)
    expect(readFileSync(join(folder, 'pid'), 'utf8').trim()).toBe(String(broker.pid))
    const processes = runningWith(folder)
    expect(processes).toContain(broker.pid)
    const commands = processes.map(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).join('\n')
    expect(commands).toContain('epmd')

    await broker.pause()
    await broker.end()
    expect(existsSync(folder)).toBe(false)
    const left = () => [...runningWith(folder), ...processes.filter(pid => existsSync(`/proc/${pid}`))]
    await expect.poll(left, { timeout: 5000 }).toEqual([])
    await expect(listening('RabbitMQ', broker.port, 100)).rejects.toThrow('did not listen')
  },
  90_000,
)
