// What a cell started ends with it, however it ends.
import { describe, expect, test } from 'vitest'
import { type Part, withServer } from './with-server.ts'

const never = new Promise<never>(() => {})
const later = (error: Error) => new Promise<never>((_, reject) => setTimeout(() => reject(error), 20))
const running = { signal: new AbortController().signal }

/** A part that notes its end. */
const partOf = (ended: string[], name: string, died: Promise<never> = never): Part => ({
  died,
  async end(signal) {
    ended.push(`${name} ${signal}`)
  },
})

describe('what was started', () => {
  test('ends in the reverse of its order, once the measurement is done', async () => {
    const ended: string[] = []
    const result = await withServer(
      running,
      async () => partOf(ended, 'server'),
      async (_, start) => {
        await start(() => partOf(ended, 'load'))
        await start(async () => partOf(ended, 'link'))
        expect(ended).toEqual([])
        return 7
      },
    )
    expect(result).toBe(7)
    expect(ended).toEqual(['link SIGKILL', 'load SIGKILL', 'server SIGKILL'])
  })

  test('ends where measuring fails, and where a part does not come up', async () => {
    const ended: string[] = []
    const fail = () => Promise.reject(new Error('no port is free'))
    await expect(
      withServer(
        running,
        async () => partOf(ended, 'server'),
        async (_, start) => start(fail),
      ),
    ).rejects.toThrow('no port is free')
    expect(ended).toEqual(['server SIGKILL'])
    await expect(withServer(running, fail, async () => 7)).rejects.toThrow('no port is free')
  })

  test('ends also where it was only starting when the run was stopped, and nothing starts after that', async () => {
    const ended: string[] = []
    const stopping = new AbortController()
    let startLate: Promise<unknown> | undefined
    const measuring = withServer(
      stopping,
      async () => partOf(ended, 'server'),
      async (_, start) => {
        const starting = start(async () => {
          stopping.abort(new Error('stopped by the user'))
          await new Promise(resolve => setTimeout(resolve, 20))
          return partOf(ended, 'link')
        })
        startLate = starting.then(() => start(() => partOf(ended, 'late')))
        startLate.catch(() => {})
        return never
      },
    )
    await expect(measuring).rejects.toThrow('stopped by the user')
    expect(ended).toEqual(['link SIGKILL', 'server SIGKILL'])
    await expect(startLate).rejects.toThrow()
    expect(ended).toHaveLength(2)
  })

  test('is not started where the run was stopped before', async () => {
    const stopped = AbortSignal.abort(new Error('stopped by the user'))
    const ended: string[] = []
    await expect(
      withServer(
        { signal: stopped },
        async () => partOf(ended, 'server'),
        async () => 7,
      ),
    ).rejects.toThrow('stopped by the user')
    expect(ended).toEqual([])
  })
})

describe('the death of a part', () => {
  const death = new Error('the server died (SIGKILL)')
  const dying = async () => partOf([], 'server', later(death))

  test('is told in place of the socket that broke before it', async () => {
    const measuring = withServer(running, dying, () => Promise.reject(new Error('the WebSocket was closed with 1006')))
    await expect(measuring).rejects.toThrow('the server died (SIGKILL)')
  })

  test('ends a measurement that would never settle, whichever part it was', async () => {
    await expect(withServer(running, dying, () => never)).rejects.toThrow('SIGKILL')
    const measuring = withServer(
      running,
      async () => partOf([], 'server'),
      async (_, start) => {
        await start(() => partOf([], 'browser', later(new Error('Chromium ended (SIGSEGV)'))))
        return never
      },
    )
    await expect(measuring).rejects.toThrow('Chromium ended (SIGSEGV)')
  })

  test('is no matter where all live: a failure is told as it is', async () => {
    const measuring = withServer(
      running,
      async () => partOf([], 'server'),
      () => Promise.reject(new Error('201 was expected')),
    )
    await expect(measuring).rejects.toThrow('201 was expected')
  })
})
