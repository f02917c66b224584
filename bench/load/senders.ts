// A load process for messages from client to server: one after the other, each when the one before is answered.
import { Client } from 'undici'
import { WebSocket } from 'ws'
import { flatHeaders, headerList } from '../../client/network/headers.ts'
import { nodeNetwork } from '../../client/network/node.ts'
import { type ClientEntry, entryOf } from '../../client/transports/index.ts'
import { deliveryPath, paths } from '../../server/protocol.ts'
import { serveParent } from '../machine/child.ts'
import { fromHere, type HeaderProfile } from '../profiles/profile.ts'
import { FIRST_REF, frameText, postText } from './message.ts'

export interface SenderOrder {
  readonly transport: string
  readonly baseUrl: string
  readonly bodyBytes: number
  readonly headers: HeaderProfile
}

export type SenderCalls = {
  /** Opens one subscriber of the transport, and what it sends on: its own connection where that takes messages, else another for POSTs. */
  open: { argument: SenderOrder; result: void }
  /** Sends until CLOCK_MONOTONIC `untilNs`; gives how many messages were answered. */
  send: { argument: { untilNs: bigint }; result: number }
}

/** Sends one message and settles with its answer. */
type Send = (ref: number) => Promise<void>

let send: Send | undefined
let ref = FIRST_REF

async function open(order: SenderOrder): Promise<void> {
  const entry = entryOf(order.transport)
  if (!entry) throw new Error(`no client for the transport ${JSON.stringify(order.transport)}`)
  send = entry.upstream === 'frames' ? await openFrames(order) : await openPosts(order, entry)
}

async function openFrames({ transport, baseUrl, bodyBytes, headers }: SenderOrder): Promise<Send> {
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}${deliveryPath(transport)}`, {
    perMessageDeflate: false,
    headers: fromHere(headers.upgrade, baseUrl),
  })
  let underWay: { resolve: () => void; reject: (error: Error) => void; start: string } | undefined
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    // The first frame is the position.
    socket.once('message', () => resolve())
  })
  socket.on('message', data => {
    const text = String(data)
    // What was sent comes back as a notice too.
    if (!text.startsWith('{"ref"')) return
    if (underWay && text.startsWith(underWay.start)) underWay.resolve()
    else underWay?.reject(new Error(`a message was answered with ${text}`))
  })
  socket.on('close', code => underWay?.reject(new Error(`the WebSocket was closed with ${code}`)))
  return ref =>
    new Promise((resolve, reject) => {
      underWay = { resolve, reject, start: `{"ref":${ref},"seq"` }
      socket.send(frameText(ref, bodyBytes))
    })
}

async function openPosts(order: SenderOrder, { load }: ClientEntry): Promise<Send> {
  const { baseUrl, bodyBytes, headers } = order
  const { subscribe } = await load()
  const own = fromHere(headers.request, baseUrl)
  await new Promise<void>((resolve, reject) => {
    subscribe({
      baseUrl,
      network: nodeNetwork({ headers: own }),
      signal: new AbortController().signal,
      onNotice: () => {},
      onState: (state, reason) =>
        state === 'open' ? resolve() : state === 'closed' ? reject(new Error(reason)) : undefined,
    })
  })
  const client = new Client(baseUrl, { pipelining: 1, keepAliveTimeout: 60_000 })
  const flat = [...flatHeaders(headerList(own)), 'Content-Type', 'application/json']
  return async ref => {
    const { statusCode, body } = await client.request({
      path: paths.notices,
      method: 'POST',
      headers: flat,
      body: postText(ref, bodyBytes),
    })
    const text = await body.text()
    if (statusCode !== 201) throw new Error(`${statusCode} ${text}`)
  }
}

async function sendUntil({ untilNs }: { untilNs: bigint }): Promise<number> {
  if (!send) throw new Error('nothing is open to send on')
  const first = ref
  while (process.hrtime.bigint() < untilNs) await send(ref++)
  return ref - first
}

serveParent<SenderCalls>({ open, send: sendUntil })
