// Redis away, restarted, emptied and standing still: nothing confirmed is lost, nothing published with an id is doubled, and everyone is told.
import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type RedisService, startRedis } from '../../bench/fleet/redis.ts'
import { bytesOf } from '../log.ts'
import { createStream } from '../stream.ts'
import { open } from './backplane.fixture.ts'
import { BackplaneAway, OutcomeUnknown } from './backplane.ts'

async function redisWith(...options: string[]): Promise<RedisService> {
  const redis = await startRedis(options)
  onTestFinished(() => redis.end())
  return redis
}

const body = (i: number) => ({ bodyJson: String(i) })

describe('a Redis that is killed', () => {
  test('is known to be away at once, and starts a new epoch when it comes back empty', async () => {
    const redis = await redisWith()
    const { backplane, log } = await open('redis', redis.url)
    await backplane.publish([body(1), body(2)])
    const { epoch } = log
    await redis.kill()
    await expect.poll(() => backplane.health().healthy).toBe(false)
    expect(backplane.health().detail).toContain(`redis://127.0.0.1:${redis.port}`)
    await expect(backplane.publish([body(3)])).rejects.toBeInstanceOf(BackplaneAway)
    await redis.restart()
    await expect.poll(() => backplane.health().healthy, { timeout: 5000 }).toBe(true)
    expect(log.epoch).not.toBe(epoch)
    expect(await backplane.publish([body(4)])).toMatchObject({ epoch: log.epoch, seqs: [1] })
  })

  test('goes on where it keeps all it confirms', async () => {
    const redis = await redisWith('--appendonly', 'yes', '--appendfsync', 'always')
    const { backplane, log } = await open('redis', redis.url)
    await backplane.publish([body(1), body(2)])
    const { epoch } = log
    await redis.kill()
    await redis.restart()
    await expect.poll(() => backplane.health().healthy, { timeout: 5000 }).toBe(true)
    expect(await backplane.publish([body(3)])).toMatchObject({ epoch, seqs: [3] })
    expect(log.after(0).entries.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('starts over where it may have lost something, whatever it still has', async () => {
    const redis = await redisWith('--appendonly', 'yes', '--appendfsync', 'everysec')
    const { backplane, log } = await open('redis', redis.url)
    await backplane.publish([body(1)])
    const { epoch } = log
    await redis.kill()
    await redis.restart()
    await expect.poll(() => log.epoch === epoch, { timeout: 5000 }).toBe(false)
    expect((await backplane.publish([body(2)])).seqs).toEqual([1])
  })
})

test('a Redis that is emptied starts a new epoch, also while nobody publishes', async () => {
  const redis = await redisWith()
  const { backplane, log } = await open('redis', redis.url)
  await backplane.publish([body(1)])
  const { epoch } = log
  await redis.command('FLUSHALL')
  await expect.poll(() => log.epoch === epoch, { timeout: 5000 }).toBe(false)
  expect(log.head).toBe(0)
  expect((await backplane.publish([body(2)])).seqs).toEqual([1])
})

test('a Redis that stands still leaves the outcome unknown, and a retry with the id doubles nothing', async () => {
  const redis = await redisWith()
  const { backplane, log } = await open('redis', redis.url)
  await backplane.publish([body(1)])
  await redis.pause()
  onTestFinished(() => redis.resume())
  const publication = { ...body(2), id: randomBytes(8).toString('hex') }
  await expect(backplane.publish([publication])).rejects.toBeInstanceOf(OutcomeUnknown)
  // By now it is known to be away, so nothing more is sent.
  await expect(backplane.publish([body(3)])).rejects.toBeInstanceOf(BackplaneAway)
  redis.resume()
  await expect.poll(() => backplane.health().healthy, { timeout: 8000 }).toBe(true)
  expect((await backplane.publish([publication])).seqs).toEqual([2])
  await expect.poll(() => log.head).toBe(2)
  expect((await backplane.position()).seq).toBe(2)
}, 20_000)

describe('a Redis that cannot be used', () => {
  test('is named where nothing listens', async () => {
    await expect(open('redis', 'redis://127.0.0.1:1')).rejects.toThrow(
      'redis://127.0.0.1:1 does not answer: ECONNREFUSED',
    )
  })

  test('is named, but not the password, where it is the wrong one or none was given', async () => {
    const { port } = await redisWith('--requirepass', 'right')
    await expect(open('redis', `redis://:wrong@127.0.0.1:${port}`)).rejects.toThrow(
      `redis://:…@127.0.0.1:${port} refuses this user name and password`,
    )
    await expect(open('redis', `redis://127.0.0.1:${port}`)).rejects.toThrow(
      `redis://127.0.0.1:${port} asks for a password: redis://:PASSWORD@HOST:PORT`,
    )
    await expect(open('redis', `redis://:right@127.0.0.1:${port}`)).resolves.toBeDefined()
  })

  test('is named with its version where that is too old', async () => {
    const old = createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', chunk => {
        const count = chunk.toString().split(/^\*/m).length - 1
        for (let i = 0; i < count; i++) {
          const info = 'redis_version:5.0.14\r\nrun_id:x'
          socket.write(/INFO/.test(chunk.toString()) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n')
        }
      })
    })
    await new Promise<void>(resolve => old.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void old.close())
    const { port } = old.address() as AddressInfo
    await expect(open('redis', `redis://127.0.0.1:${port}`)).rejects.toThrow('must be Redis 6.2 or newer, got 5.0')
  })
})

test('a reading that goes back to Redis ends at its bytes, asks for few notices at first, and goes on without a hole', async () => {
  const redis = await redisWith()
  const { backplane, log } = await open('redis', redis.url)
  const long = { bodyJson: JSON.stringify('x'.repeat(60_000)) }
  for (let i = 0; i < 5; i++)
    await backplane.publish([...Array.from({ length: 300 }, (_, n) => body(n)), ...Array(10).fill(long)])
  log.reset(log.epoch, 1550)
  const most: number[] = []
  const counted = createStream(log, {
    ...backplane,
    read(...asked) {
      most.push(asked[2])
      return backplane.read!(...asked)
    },
  })
  const seqs: number[] = []
  while (seqs.length < 1550) {
    const { missed, entries } = await counted.read(seqs.length, 10_000, 1024 * 1024)
    expect(missed).toBe(0)
    expect(bytesOf(entries)).toBeLessThanOrEqual(1024 * 1024)
    seqs.push(...entries.map(({ seq }) => seq))
  }
  expect(seqs).toEqual(Array.from({ length: 1550 }, (_, i) => i + 1))
  expect(most.slice(0, 4)).toEqual([16, 64, 256, 1024])
})
