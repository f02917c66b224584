// Express as its guide shows it: `res.write` for Server-Sent Events, `res.json` for polls, held or not.
import { createServer } from 'node:http'
import express, { type Response } from 'express'
import { listen, newest, noticesOf } from './parts/plain-notices.ts'

const app = express()
const streams = new Set<Response>()
let held: Response[] = []
let last: string[] = []

app.use(express.json())
app.post('/notices', (req, res) => {
  last = noticesOf(req.body)
  for (const text of last) for (const stream of streams) stream.write(`data: ${text}\n\n`)
  const released = held
  held = []
  for (const poll of released) poll.json({ cursor: String(newest()), notices: last.map(text => JSON.parse(text)) })
  res.status(201).json({})
})
app.get('/events', (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  res.write(': hello\n\n')
  streams.add(res)
  res.on('close', () => streams.delete(res))
})
app.get('/poll', (req, res) => {
  const after = Number(req.query.after ?? newest())
  res.json({ cursor: String(newest()), notices: after < newest() ? last.map(text => JSON.parse(text)) : [] })
})
app.get('/held-poll', (req, res) => {
  const after = req.query.after === undefined ? newest() : Number(req.query.after)
  if (after < newest()) return void res.json({ cursor: String(newest()), notices: last.map(text => JSON.parse(text)) })
  held.push(res)
  res.on('close', () => {
    if (!res.writableEnded) held = held.filter(other => other !== res)
  })
})
listen(createServer(app))
