import { expect, it } from 'vitest'
import { plainAddress } from './address.ts'

it('an IPv4 address within IPv6 is that one, however it is written', () => {
  for (const address of [
    '255.0.255.1',
    '::ffff:255.0.255.1',
    '::FFFF:255.0.255.1',
    '::ffff:ff00:ff01',
    '0:0:0:0:0:ffff:ff00:ff01',
    '::ffff:255.0.255.1%eth0',
  ])
    expect([address, plainAddress(address)]).toEqual([address, '255.0.255.1'])
})

it('any other address, and a name, is left as it is, but for its case', () => {
  for (const address of ['::1', 'fe80::1%eth0', '2001:db8::ffff:7f00:1', '::fffe:7f00:1', '127.1', 'localhost', ''])
    expect(plainAddress(address)).toBe(address)
  expect(plainAddress('2001:DB8::1')).toBe('2001:db8::1')
})
