// Node's own HTTP server and nothing else: polls, held polls and a stream with the fewest lines.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen, newest, noticesOf } from './parts/plain-notices.ts'

const streams = new Set<ServerResponse>()
let held: ServerResponse[] = []
let last: string[] = []

function send(res: ServerResponse, notices: readonly string[], status = 200): void {
  const body = `{"cursor":"${newest()}","missed":0,"notices":[${notices.join(',')}]}`
  res.writeHead(status, [
    'Content-Type',
    'application/json; charset=utf-8',
    'Cache-Control',
    'no-store',
    'Content-Length',
    String(Buffer.byteLength(body)),
  ])
  res.end(body)
}

const isBehind = (url: string): boolean => Number(/after=(\d+)/.exec(url)?.[1] ?? newest()) < newest()

function publish(req: IncomingMessage, res: ServerResponse): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    last = noticesOf(JSON.parse(Buffer.concat(chunks).toString()))
    for (const text of last) for (const stream of streams) stream.write(`data: ${text}\n\n`)
    const released = held
    held = []
    for (const poll of released) send(poll, last)
    send(res, [], 201)
  })
}

function stream(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  res.write(': hello\n\n')
  streams.add(res)
  res.on('close', () => streams.delete(res))
}

function hold(url: string, res: ServerResponse): void {
  if (isBehind(url)) return send(res, last)
  held.push(res)
  res.on('close', () => {
    if (!res.writableEnded) held = held.filter(other => other !== res)
  })
}

listen(
  createServer((req, res) => {
    const url = req.url!
    if (req.method === 'POST') publish(req, res)
    else if (url.startsWith('/events')) stream(res)
    else if (url.startsWith('/held-poll')) hold(url, res)
    else send(res, isBehind(url) ? last : [])
  }),
)
