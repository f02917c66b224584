import { describe, expect, it } from 'vitest'
import { countedAs, createProxies, networkIn } from './proxies.ts'

describe('an address', () => {
  it('is counted by itself where it is IPv4, however a socket or a proxy writes it', () => {
    for (const address of [
      '192.0.2.7',
      '::ffff:192.0.2.7',
      '::FFFF:192.0.2.7',
      '::ffff:c000:207',
      '0:0:0:0:0:ffff:c000:0207',
    ])
      expect([address, countedAs(address)]).toEqual([address, '192.0.2.7'])
  })

  it('is counted with its /64 where it is IPv6', () => {
    for (const address of ['2001:db8:0:7::1', '2001:DB8:0:7:ffff::', '2001:db8::7:0:0:0:1', '2001:db8:0:7::192.0.2.7'])
      expect([address, countedAs(address)]).toEqual([address, '2001:db8:0:7::/64'])
    expect(countedAs('2001:db8:0:8::1')).toBe('2001:db8:0:8::/64')
    expect(countedAs('::1')).toBe('0:0:0:0::/64')
    expect(countedAs('::1.2.3.4')).toBe('0:0:0:0::/64')
  })

  it('of one link is counted by itself: all on it share a /64', () => {
    expect(countedAs('fe80::1%eth0')).toBe('fe80::1%eth0')
    expect(countedAs('FE80::2')).toBe('fe80::2')
    expect(countedAs('fec0::2')).toBe('fec0:0:0:0::/64')
  })
})

describe('the client of a trusted proxy', () => {
  const { clientOf, isTrusted } = createProxies(['10.0.0.7', '172.16.0.0/12', '2001:db8:f::/48', '::ffff:10.9.0.1'])

  it('is the last hop that is no trusted proxy', () => {
    for (const [forwarded, client] of [
      ['203.0.113.5', '203.0.113.5'],
      ['198.51.100.1, 203.0.113.5', '203.0.113.5'],
      ['10.0.0.7, 203.0.113.5', '203.0.113.5'],
      ['203.0.113.5,172.31.255.1', '203.0.113.5'],
      ['198.51.100.1, 203.0.113.5, 172.16.0.1 ,\t10.0.0.7, 2001:db8:f:1::2', '203.0.113.5'],
      ['203.0.113.5:4711', '203.0.113.5'],
      ['2001:db8::5', '2001:db8::5'],
      ['[2001:DB8::5]:4711', '2001:db8::5'],
      ['::ffff:203.0.113.5', '203.0.113.5'],
      ['127.0.0.1', '127.0.0.1'],
    ] as const)
      expect([forwarded, clientOf('10.0.0.7', forwarded)]).toEqual([forwarded, client])
  })

  it('is the first of all where each of them is a trusted proxy, and the proxy itself where it names nobody', () => {
    expect(clientOf('10.0.0.7', '172.16.0.1, 172.16.0.2')).toBe('172.16.0.1')
    for (const nobody of [undefined, '', ' ', 'unknown', '_hidden', '203.0.113.5,', '203.0.113.5.6', '203.0.113.5, -'])
      expect([nobody, clientOf('10.0.0.7', nobody)]).toEqual([nobody, '10.0.0.7'])
    expect(clientOf('10.0.0.7', 'unknown, 172.16.0.1')).toBe('172.16.0.1')
  })

  it('is not looked for through more proxies than anybody has', () => {
    const far = `203.0.113.5${', 172.16.0.1'.repeat(5000)}`
    expect(clientOf('10.0.0.7', far)).toBe('172.16.0.1')
  })

  it('is nobody else for whoever is no proxy', () => {
    for (const address of ['10.0.0.7', '172.16.0.1', '2001:db8:f:ffff::', '10.9.0.1'])
      expect([address, isTrusted(address)]).toEqual([address, true])
    for (const address of ['10.0.0.8', '172.32.0.1', '2001:db8:e::1', '127.0.0.1', '', 'fe80::1%eth0'])
      expect([address, isTrusted(address)]).toEqual([address, false])
    expect(createProxies([]).isTrusted('10.0.0.7')).toBe(false)
  })
})

it('a network is an address, or one with a prefix', () => {
  expect(networkIn('10.0.0.7')).toEqual({ address: '10.0.0.7', prefix: 32 })
  expect(networkIn('::ffff:10.0.0.0/104')).toEqual({ address: '10.0.0.0', prefix: 8 })
  expect(networkIn('2001:db8::/32')).toEqual({ address: '2001:db8::', prefix: 32 })
  for (const text of [
    '',
    'proxy.example',
    '10.0.0.7/33',
    '10.0.0',
    '::1/129',
    '10.0.0.7/',
    '10.0.0.7/-1',
    'fe80::1%eth0',
  ])
    expect([text, networkIn(text)]).toEqual([text, undefined])
})
