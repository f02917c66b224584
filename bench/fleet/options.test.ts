// A fleet as it is asked for, as it is refused, and as HAProxy is told of it.
import { readFileSync } from 'node:fs'
import { BlockList } from 'node:net'
import { describe, expect, test } from 'vitest'
import { parseServerOptions } from '../../server/command-line.ts'
import type { ServerOptions } from '../../server/options.ts'
import { haproxyConfiguration } from './haproxy.ts'
import { chooseFleet, type FleetWords } from './options.ts'

const nothing: FleetWords = {
  servers: undefined,
  balancer: undefined,
  sticky: undefined,
  backplane: undefined,
  isEmulated: false,
}
const choose = (words: Partial<FleetWords>) => chooseFleet({ ...nothing, ...words })

describe('a fleet', () => {
  test('is one plain server where nothing was typed', () => {
    expect(choose({})).toEqual({})
    expect(choose({ isEmulated: true })).toEqual({})
  })

  test('of several servers is behind HAProxy and on Redis, unless something else is said', () => {
    expect(choose({ servers: 3 })).toEqual({ servers: 3, balancer: 'haproxy', backplane: 'redis' })
    expect(choose({ servers: 3, balancer: 'none', backplane: 'rabbitmq' })).toEqual({
      servers: 3,
      backplane: 'rabbitmq',
    })
    expect(choose({ servers: 2, sticky: 'cookie' })).toMatchObject({ sticky: 'cookie', balancer: 'haproxy' })
    expect(choose({ servers: 2, sticky: 'off' })).not.toHaveProperty('sticky')
  })

  test('of one server has what was typed', () => {
    expect(choose({ servers: 1 })).toEqual({ servers: 1 })
    expect(choose({ balancer: 'haproxy' })).toEqual({ servers: 1, balancer: 'haproxy' })
    expect(choose({ backplane: 'redis-pubsub' })).toEqual({ servers: 1, backplane: 'redis-pubsub' })
  })

  test.each([
    [{ servers: 3, backplane: 'memory' }, "--backplane memory is one server's own, and --servers 3"],
    [{ sticky: 'cookie', balancer: 'none' }, '--sticky cookie is what a balancer does'],
    [{ servers: 2, balancer: 'none', isEmulated: true }, 'need one address to go to, got --servers 2 --balancer none'],
  ] as const)('is refused where it makes no sense: %j', (words, sentence) => {
    expect(() => choose(words)).toThrow(sentence)
  })
})

describe('the configuration of HAProxy', () => {
  const order = { bind: '*:8080', maxConnections: 20_000, isSticky: false } as const
  const servers = [1, 2, 3].map(i => ({ name: `server-${i}`, address: `server-${i}:8080` }))

  test('has a cookie only where sessions are sticky', () => {
    expect(haproxyConfiguration({ ...order, servers })).not.toContain('cookie')
    const sticky = haproxyConfiguration({ ...order, servers, isSticky: true })
    expect(sticky).toContain('  cookie LAB_SERVER insert')
    expect(sticky).toContain('  server server-2 server-2:8080 cookie server-2\n')
  })

  test('has a Runtime API only where its servers are to be taken out', () => {
    expect(haproxyConfiguration({ ...order, servers })).not.toContain('stats socket')
    const administered = haproxyConfiguration({ ...order, servers, adminSocket: '/run/lab/admin' })
    expect(administered).toContain('\n  stats socket /run/lab/admin mode 600 level admin\n')
  })

  test('is the one in compose.yaml', () => {
    const compose = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8')
    const indented = haproxyConfiguration({ ...order, servers, isSticky: true, namesClients: true }).replace(
      /^(?=.)/gm,
      '      ',
    )
    expect(compose).toContain(indented)
  })

  describe('in compose.yaml is before servers', () => {
    const compose = readFileSync(new URL('../../compose.yaml', import.meta.url), 'utf8')
    const [, command] = /&server\n[\s\S]*?command:\s*(\[[\s\S]*?\])\n/.exec(compose)!
    const words = JSON.parse(command!.replace(/,\s*\]$/, ']')) as string[]
    const optionsWith = (name: string): ServerOptions => {
      const given = words.map(word => word.replace(/\$\{LAB_HOST_NAME:-(.*)\}/, (_, unset) => name || unset))
      return parseServerOptions(given, { LAB_PUBLISH_TOKEN: 'secret' }) as ServerOptions
    }

    test('that answer to the name it is reached by', () => {
      expect(optionsWith('lab.example').hostNames).toEqual(['lab.example'])
      expect(optionsWith('').hostNames).toEqual(['localhost'])
    })

    test('that take its word for whom it asks, and nobody else’s: neither the gateway’s nor that of what is started beside it', () => {
      const [, own = ''] = /^ {2}haproxy:\n(?: {4}.*\n)*? {4}networks: .*ipv4_address: ([\d.]+)/m.exec(compose) ?? []
      expect(optionsWith('').trustedProxies).toEqual([own])
      const [, subnet = '', range = '', gateway = ''] =
        /\{ subnet: ([\d.]+)\/24, ip_range: ([\d.]+)\/25, gateway: ([\d.]+) \}/.exec(compose) ?? []
      const [all, givenAway] = [new BlockList(), new BlockList()]
      all.addSubnet(subnet, 24)
      givenAway.addSubnet(range, 25)
      expect([all.check(own), givenAway.check(own)]).toEqual([true, false])
      expect([all.check(gateway), gateway === own]).toEqual([true, false])
    })
  })
})
