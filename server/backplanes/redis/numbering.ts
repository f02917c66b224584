// Numbers notices within one script of Redis: epoch, sequence numbers and the memory of publish ids change together or not at all.
import { createHash } from 'node:crypto'
import { nowMs } from '../../clock.ts'
import { newEpoch } from '../../epoch.ts'
import { limits } from '../../protocol.ts'
import { BackplaneAway, type Publication } from '../backplane.ts'
import type { RedisLink, Reply } from './link.ts'

export interface Numbered {
  readonly epoch: string
  readonly head: number
  /** One for each publication. */
  readonly seqs: readonly number[]
}

/**
 * A data set that was restored may be older than what was confirmed from it, so numbers start over whenever Redis does (its run_id differs),
 * unless it keeps everything that it confirms. `deliver` is the Lua that hands on `body` as number `head` of `epoch`, at `now`.
 */
const scriptOf = (deliver: string): string => `
local state, fresh, now, durable, most, remember = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local epoch, known = unpack(redis.call('HMGET', state, 'epoch', 'run'))
if not epoch or (known ~= run and durable ~= '1') then
  if epoch then redis.call('UNLINK', state .. ':' .. epoch) end
  epoch = fresh
  redis.call('HSET', state, 'epoch', epoch, 'run', run, 'head', '0')
elseif known ~= run then
  redis.call('HSET', state, 'run', run)
end
local head = tonumber(redis.call('HGET', state, 'head'))
local reply = { epoch, '' }
for i = 6, #ARGV, 2 do
  local id, body = ARGV[i], ARGV[i + 1]
  local memory = id ~= '' and state .. ':' .. epoch .. ':id:' .. id
  local seq = memory and redis.call('GET', memory)
  if not seq then
    head = head + 1
    seq = string.format('%.0f', head)
    ${deliver}
    if memory then redis.call('SET', memory, seq, 'PX', remember) end
  end
  reply[#reply + 1] = seq
end
reply[2] = string.format('%.0f', head)
if #ARGV > 5 then redis.call('HSET', state, 'head', reply[2]) end
return reply`

export interface Numbering {
  /** Numbers and hands on all or none; without publications gives epoch and head. Throws as the link does. */
  number(link: RedisLink, publications: readonly Publication[]): Promise<Numbered>
}

/** A numbering whose state is at `key`; `most` is what `deliver` may keep. */
export function createNumbering(key: string, deliver: string, most: number): Numbering {
  const script = scriptOf(deliver)
  const sha = createHash('sha1').update(script).digest('hex')
  return {
    async number(link, publications) {
      const words = [
        ...['1', key, newEpoch(), String(nowMs()), link.isDurable ? '1' : '0', String(most), String(limits.idMemoryMs)],
        ...publications.flatMap(({ id = '', bodyJson }) => [id, bodyJson]),
      ]
      let reply: Reply
      try {
        reply = await link.ask('EVALSHA', sha, ...words)
      } catch (error) {
        // A Redis that was restarted has forgotten the script, and done nothing.
        if (!(error instanceof BackplaneAway && error.message.includes('NOSCRIPT'))) throw error
        reply = await link.ask('EVAL', script, ...words)
      }
      const [epoch, head, ...seqs] = reply as string[]
      return { epoch: epoch!, head: Number(head), seqs: seqs.map(Number) }
    },
  }
}
