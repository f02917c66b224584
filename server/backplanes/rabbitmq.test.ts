// RabbitMQ away, killed, standing still, trimmed and robbed of its streams: nothing confirmed is lost, nothing with an id is doubled, everyone is told.
import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type RabbitmqService, startRabbitmq } from '../../bench/fleet/rabbitmq.ts'
import { createStream } from '../stream.ts'
import { type Opened, open } from './backplane.fixture.ts'
import { BackplaneAway, OutcomeUnknown, type Publication } from './backplane.ts'

let broker: RabbitmqService
beforeAll(async () => {
  broker = await startRabbitmq()
}, 90_000)
afterAll(() => broker?.end())

const newName = (): string => randomBytes(6).toString('hex')
const urlOf = (name: string, bytes?: number): string => `${broker.url}?stream=${name}${bytes ? `&bytes=${bytes}` : ''}`
const body = (i: number, id?: string): Publication => ({
  bodyJson: JSON.stringify({ i }),
  ...(id !== undefined && { id }),
})
const bodies = (count: number): Publication[] => Array.from({ length: count }, (_, i) => body(i))
const seqsOf = ({ log }: Opened): number[] => log.after(0).entries.map(({ seq }) => seq)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)
const isHealthy = ({ backplane }: Opened): boolean => backplane.health().healthy

/** Does something to the broker's streams behind the servers' back. */
async function behind(
  name: string,
  act: (channel: Awaited<ReturnType<typeof channelOf>>, prefix: string) => Promise<unknown>,
) {
  const connection = await connect(broker.url.replace('rabbitmq:', 'amqp:'))
  await act(await connection.createConfirmChannel(), `transport-lab.${name}.`)
  await connection.close()
}
const channelOf = async () => (await connect('')).createConfirmChannel()

describe('a stream', () => {
  test('keeps its numbers and ids when every server was away', async () => {
    const url = urlOf(newName())
    const before = await open('rabbitmq', url)
    await before.backplane.publish([body(1, 'one'), body(2)])
    await before.backplane.close()
    const after = await open('rabbitmq', url)
    expect(after.log.epoch).toBe(before.log.epoch)
    expect(seqsOf(after)).toEqual([1, 2])
    expect(await after.backplane.publish([body(1, 'one'), body(3)])).toMatchObject({ seqs: [1, 3], head: 3 })
  })

  test('begins once, though several servers come at the same time', async () => {
    const url = urlOf(newName())
    const servers = await Promise.all(Array.from({ length: 4 }, () => open('rabbitmq', url)))
    expect(new Set(servers.map(({ log }) => log.epoch)).size).toBe(1)
    const published = await Promise.all(servers.map(({ backplane }, i) => backplane.publish([body(i)])))
    expect(published.flatMap(({ seqs }) => seqs).sort()).toEqual(upTo(4))
  })

  test('is numbered by a server that comes when nothing was published for long', async () => {
    const url = urlOf(newName())
    const early = await open('rabbitmq', url)
    for (let i = 0; i < 3; i++)
      await Promise.all(Array.from({ length: 600 }, (_, j) => early.backplane.publish([body(j)])))
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 20 * 60_000)
    onTestFinished(() => void vi.restoreAllMocks())
    const late = await open('rabbitmq', url)
    expect(late.log.head).toBe(1800)
    expect(late.log.earliest).toBeGreaterThan(1)
    expect(late.log.after(1700)).toEqual(early.log.after(1700))
    expect((await late.backplane.publish([body(0)])).seqs).toEqual([1801])
    expect(await late.backplane.position()).toMatchObject({ seq: 1801, earliest: 1 })
  })

  test('stays one stream over many segments, and says what it no longer keeps', async () => {
    const url = urlOf(newName(), 1_000_000)
    const server = await open('rabbitmq', url)
    const { epoch } = server.log
    const long = { bodyJson: JSON.stringify('x'.repeat(5000)) }
    for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 40 }, () => server.backplane.publish([long])))
    expect(server.log.epoch).toBe(epoch)
    expect(seqsOf(server)).toEqual(upTo(400))

    const late = await open('rabbitmq', url)
    await expect.poll(async () => (await late.backplane.position()).earliest).toBeGreaterThan(200)
    const { earliest } = await late.backplane.position()
    expect(late.log.epoch).toBe(epoch)
    expect(late.log.head).toBe(400)
    const known = late.log.after(late.log.earliest - 1).entries
    expect(known.map(({ json }) => json)).toEqual(
      server.log.after(late.log.earliest - 1).entries.map(({ json }) => json),
    )
    late.log.reset(epoch, 400)
    const stream = createStream(late.log, late.backplane)
    const seqs: number[] = []
    let missed = 0
    // In small steps: each reading begins at a place the one before remembered, and looks back over the edge of what is trimmed.
    // RabbitMQ may trim a segment between two of them: what is gone then is told by the next one.
    for (let seq = 10; seq < 400; ) {
      const slice = await stream.read(seq, 7)
      expect(slice.entries).not.toEqual([])
      missed += slice.missed!
      seqs.push(...slice.entries.map(entry => entry.seq))
      seq = seqs.at(-1)!
    }
    expect(seqs[0]).toBeGreaterThanOrEqual(earliest)
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b))
    expect(seqs.at(-1)).toBe(400)
    expect(missed + seqs.length).toBe(390)
  })

  test('is read from any number on, however far back', async () => {
    const server = await open('rabbitmq', urlOf(newName()))
    for (let i = 0; i < 12; i++) {
      await Promise.all(
        Array.from({ length: 500 }, (_, j) => server.backplane.publish([body(j, j % 7 ? undefined : `${i}-${j}`)])),
      )
      await server.backplane.publish(bodies(100))
    }
    const all = server.log.after(0).entries
    expect(all.length).toBe(12 * 600)
    const late = await open('rabbitmq', urlOf(server.log.epoch)).catch(() => undefined)
    expect(late?.log.head).toBe(0)
    for (const seq of [0, 1, 599, 2345, 4000, 6999, 7190]) {
      const found = await server.backplane.read!(server.log.epoch, seq, 50)
      expect(found.map(({ json }) => json)).toEqual(all.slice(seq, seq + 50).map(({ json }) => json))
    }
    expect(await server.backplane.read!('another', 0, 50)).toEqual([])
  })
})

describe('a stream that is removed', () => {
  test('is followed by a new epoch, the same for all', async () => {
    const name = newName()
    const servers = [
      await open('rabbitmq', urlOf(name)),
      await open('rabbitmq', urlOf(name)),
      await open('rabbitmq', urlOf(name)),
    ]
    const { epoch } = servers[0]!.log
    await servers[0]!.backplane.publish([body(1), body(2)])
    await behind(name, (channel, prefix) => channel.deleteQueue(prefix + epoch))
    for (const { log } of servers) await expect.poll(() => log.epoch === epoch, { timeout: 10_000 }).toBe(false)
    await expect.poll(() => servers.every(isHealthy), { timeout: 10_000 }).toBe(true)
    expect(new Set(servers.map(({ log }) => log.epoch)).size).toBe(1)
    expect((await servers[1]!.backplane.publish([body(3)])).seqs).toEqual([1])
    for (const { log } of servers) await expect.poll(() => log.head).toBe(1)
  })

  test('and made again by someone else is not taken for the one it was', async () => {
    const name = newName()
    const server = await open('rabbitmq', urlOf(name))
    const { epoch } = server.log
    await server.backplane.publish(bodies(3))
    await behind(name, async (channel, prefix) => {
      const stream = prefix + epoch
      await channel.deleteQueue(stream)
      await channel.assertQueue(stream, { durable: true, arguments: { 'x-queue-type': 'stream' } })
      for (let i = 0; i < 50; i++) channel.publish('', stream, Buffer.from('not ours'))
      await channel.waitForConfirms()
    })
    await expect.poll(() => server.log.epoch === epoch, { timeout: 10_000 }).toBe(false)
    await expect.poll(() => isHealthy(server), { timeout: 10_000 }).toBe(true)
    expect((await server.backplane.publish([body(4)])).seqs).toEqual([1])
  })

  test('together with the stream of epochs starts over as well', async () => {
    const name = newName()
    const server = await open('rabbitmq', urlOf(name))
    const { epoch } = server.log
    await server.backplane.publish([body(1)])
    await behind(name, async (channel, prefix) => {
      await channel.deleteQueue(`${prefix}epochs`)
      await channel.deleteQueue(prefix + epoch)
    })
    await expect.poll(() => server.log.epoch !== epoch && isHealthy(server), { timeout: 10_000 }).toBe(true)
    expect((await server.backplane.publish([body(2)])).seqs).toEqual([1])
  })
})

test('what others put into the stream counts for nothing', async () => {
  const name = newName()
  const server = await open('rabbitmq', urlOf(name))
  await server.backplane.publish([body(1)])
  await behind(name, async (channel, prefix) => {
    channel.publish('', prefix + server.log.epoch, Buffer.from('not ours'))
    await channel.waitForConfirms()
  })
  expect((await server.backplane.publish([body(2)])).seqs).toEqual([2])
  expect(seqsOf(server)).toEqual([1, 2])
})

describe('a RabbitMQ that is away', () => {
  test('loses nothing that it confirmed when it is killed, and everyone goes on where they were', async () => {
    const url = urlOf(newName())
    const [server, sibling] = [await open('rabbitmq', url), await open('rabbitmq', url)]
    const { epoch } = server.log
    await server.backplane.publish(bodies(20))
    const publishing = upTo(50).map(i => server.backplane.publish([body(i, `id-${i}`)]))
    const killed = publishing[10]!.then(() => broker.kill())
    const results = await Promise.allSettled(publishing)
    await killed
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(OutcomeUnknown)
    await expect.poll(() => isHealthy(server) || isHealthy(sibling)).toBe(false)
    expect(server.backplane.health().detail).toContain(`rabbitmq://127.0.0.1:${broker.port}`)
    await expect(server.backplane.publish([body(3)])).rejects.toBeInstanceOf(BackplaneAway)
    await expect(server.backplane.position()).rejects.toBeInstanceOf(BackplaneAway)
    expect(server.log.head).toBeGreaterThanOrEqual(21)

    await broker.restart()
    await expect.poll(() => isHealthy(server) && isHealthy(sibling), { timeout: 10_000 }).toBe(true)
    // A publisher that tries again, at another server, doubles nothing.
    const again = await Promise.all(upTo(50).map(i => sibling.backplane.publish([body(i, `id-${i}`)])))
    expect(again.map(({ seqs }) => seqs[0]!).sort((a, b) => a - b)).toEqual(upTo(70).slice(20))
    for (const [i, result] of results.entries())
      if (result.status === 'fulfilled') expect(again[i]).toMatchObject({ epoch, seqs: result.value.seqs })
    await expect.poll(() => server.log.head).toBe(70)
    expect(server.log.epoch).toBe(epoch)
    expect(seqsOf(server)).toEqual(upTo(70))
    expect(server.log.after(0)).toEqual(sibling.log.after(0))
  }, 120_000)

  test('leaves the outcome unknown where it stands still, and a retry with the id doubles nothing', async () => {
    const url = urlOf(newName())
    const [server, sibling] = [await open('rabbitmq', url), await open('rabbitmq', url)]
    const { epoch } = server.log
    await server.backplane.publish([body(1)])
    await broker.pause()
    onTestFinished(() => broker.resume())
    const publication = body(2, newName())
    await expect(server.backplane.publish([publication])).rejects.toBeInstanceOf(OutcomeUnknown)
    await expect(server.backplane.publish([body(3)])).rejects.toBeInstanceOf(BackplaneAway)
    broker.resume()
    await expect.poll(() => isHealthy(server), { timeout: 10_000 }).toBe(true)
    const again = await Promise.all([server.backplane.publish([publication]), sibling.backplane.publish([publication])])
    expect(again.map(({ seqs }) => seqs)).toEqual([[2], [2]])
    expect(await server.backplane.position()).toMatchObject({ epoch, seq: 2 })
  }, 30_000)
})

describe('a RabbitMQ that cannot be used', () => {
  const at = (rest: string): Promise<Opened> => open('rabbitmq', `rabbitmq://${rest}`)

  test('is named where nothing listens', async () => {
    await expect(at('127.0.0.1:1')).rejects.toThrow('rabbitmq://127.0.0.1:1 does not answer: ECONNREFUSED')
  })

  test('is named, but not the password, where it is the wrong one', async () => {
    const { port } = broker
    await expect(at(`guest:wrong@127.0.0.1:${port}?stream=a`)).rejects.toThrow(
      `rabbitmq://guest:…@127.0.0.1:${port} refuses this user name and password`,
    )
    await expect(at(`guest:guest@127.0.0.1:${port}?stream=${newName()}`)).resolves.toBeDefined()
    await expect(at(`127.0.0.1:${port}/elsewhere`)).rejects.toThrow(/refuses: vhost elsewhere not found|elsewhere/)
  })

  test('is named where it is no RabbitMQ, or one without streams', async () => {
    const other = await listen(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    await expect(at(`127.0.0.1:${other}`)).rejects.toThrow(`rabbitmq://127.0.0.1:${other} does not speak AMQP 0-9-1`)
    const old = await listen(answerAs('3.8.34'))
    await expect(at(`127.0.0.1:${old}`)).rejects.toThrow('must be RabbitMQ 3.9 or newer, got RabbitMQ 3.8.34')
  })

  test('is named where it accepts and says nothing', async () => {
    const silent = await listen(() => {})
    await expect(at(`127.0.0.1:${silent}`)).rejects.toThrow(
      `rabbitmq://127.0.0.1:${silent} does not answer: connect ETIMEDOUT`,
    )
  })

  test('is not even asked where the URL breaks a rule', async () => {
    await expect(open('rabbitmq', 'rabbitmq')).rejects.toThrow(
      '--backplane must be a URL like rabbitmq://127.0.0.1:5672, got "rabbitmq"',
    )
    await expect(at('127.0.0.1:1?stream=a.b')).rejects.toThrow('"stream" must be 1 to 64 of [A-Za-z0-9_-], got "a.b"')
    await expect(at('127.0.0.1:1?bytes=12')).rejects.toThrow(
      '"bytes" must be a whole number from 1000000 to 1099511627776, got "12"',
    )
  })
})

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** The handshake of AMQP 0-9-1 up to the point where the client knows the version. */
function answerAs(version: string): (socket: Socket) => void {
  const shorter = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
  const longer = (content: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    return Buffer.concat([length, content])
  }
  const field = (name: string, value: string) =>
    Buffer.concat([shorter(name), Buffer.from('S'), longer(Buffer.from(value))])
  const method = (ids: number[], ...parts: Buffer[]) =>
    Buffer.concat([Buffer.from([1, 0, 0]), longer(Buffer.concat([Buffer.from(ids), ...parts])), Buffer.from([206])])
  const answers = () => [
    method(
      [0, 10, 0, 10, 0, 9],
      longer(Buffer.concat([field('product', 'RabbitMQ'), field('version', version)])),
      longer(Buffer.from('PLAIN')),
      longer(Buffer.from('en_US')),
    ),
    method([0, 10, 0, 30, 0, 0, 0, 2, 0, 0, 0, 0]),
    method([0, 10, 0, 41, 0]),
  ]
  return socket => {
    const left = answers()
    socket.on('data', () => socket.write(left.shift() ?? ''))
  }
}
