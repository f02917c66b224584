// Node's own HTTP server and nothing else: polls, held polls and a stream with the fewest lines.
import { createServer, type ServerResponse } from 'node:http'
import { answerPoll, isBehind, listen, onNotices } from './plain-notices.ts'

const streams = new Set<ServerResponse>()
let held: ServerResponse[] = []
let last: string[] = []

function publish(res: ServerResponse, notices: string[]): void {
  last = notices
  for (const text of last) for (const stream of streams) stream.write(`data: ${text}\n\n`)
  const released = held
  held = []
  for (const poll of released) answerPoll(poll, last)
  answerPoll(res, [], 201)
}

function stream(res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  res.write(': hello\n\n')
  streams.add(res)
  res.on('close', () => streams.delete(res))
}

function hold(url: string, res: ServerResponse): void {
  if (isBehind(url)) return answerPoll(res, last)
  held.push(res)
  res.on('close', () => {
    if (!res.writableEnded) held = held.filter(other => other !== res)
  })
}

listen(
  createServer((req, res) => {
    const url = req.url!
    if (req.method === 'POST') onNotices(req, notices => publish(res, notices))
    else if (url.startsWith('/events')) stream(res)
    else if (url.startsWith('/held-poll')) hold(url, res)
    else answerPoll(res, isBehind(url) ? last : [])
  }),
)
