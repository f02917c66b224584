// A port for the demo: the first that is free, also where another program is quicker.
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { freePorts } from '../fleet/program.ts'
import { startFrom } from './addresses.ts'

const HOST = '127.0.0.1'
const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(port: number): Promise<number> {
  const server = createServer()
  servers.push(server)
  server.listen({ host: HOST, port })
  await once(server, 'listening')
  return port
}

test('the next one is taken where another program takes a free one before it is listened on', async () => {
  const [from] = await freePorts(1)
  const tried: number[] = []
  const got = await startFrom(from!, HOST, async port => {
    tried.push(port)
    if (tried.length <= 2) await listen(port)
    return listen(port)
  })
  expect(tried).toHaveLength(3)
  expect(tried[0]).toBeGreaterThanOrEqual(from!)
  expect(tried).toEqual([...new Set(tried)].sort((a, b) => a - b))
  expect(got).toBe(tried.at(-1))
})

test('what fails for another reason is not tried again', async () => {
  const [from] = await freePorts(1)
  const tried: number[] = []
  const start = async (port: number): Promise<never> => {
    tried.push(port)
    throw new Error('no lanes')
  }
  await expect(startFrom(from!, HOST, start)).rejects.toThrow('no lanes')
  expect(tried).toHaveLength(1)
})
