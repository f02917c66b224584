// A process of phones: members of a class as their page has them, without the page.
import { randomBytes } from 'node:crypto'
import type { Answered, ClassMember } from '../../client/demo/phone/contract.ts'
import { joinClass } from '../../client/demo/phone/member.ts'
import { nodeNetwork } from '../../client/network/node.ts'
import { serveParent } from '../machine/child.ts'

export interface PhonesOrder {
  readonly baseUrl: string
  readonly code: string
  readonly phones: number
}

/** One phone's account. */
export interface PhoneAccount {
  readonly transport: string
  /** Last notice that it has. */
  readonly seq: number
  readonly delivered: number
  /** Gone before they could be read. */
  readonly lost: number
}

export type PhonesCalls = {
  join: { argument: PhonesOrder; result: null }
  accounts: { argument: null; result: readonly PhoneAccount[] }
}

const members: ClassMember[] = []
const over = new AbortController()

serveParent<PhonesCalls>({
  async join({ baseUrl, code, phones }) {
    // One after the other: the server lets an address try only so often at a time.
    for (let i = 0; i < phones; i++) members.push(await join(baseUrl, code))
    return null
  },
  accounts: () => members.map(({ transport, seq, delivered, lost }) => ({ transport, seq, delivered, lost })),
})

function join(baseUrl: string, code: string): Promise<ClassMember> {
  async function ask(path: string, body?: unknown): Promise<Answered> {
    const response = await fetch(baseUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  return joinClass({
    baseUrl,
    code,
    key: randomBytes(16).toString('base64url'),
    network: nodeNetwork(),
    ask,
    signal: over.signal,
    on: {},
  })
}
