// Express as its guide shows it: `res.write` for Server-Sent Events, `res.json` for polls, held or not. With the word `lean` without its
// conveniences (X-Powered-By, ETag, `res.json`, the query parser), with `router` without the app: the HTTP server calls its Router.
import { createServer, type ServerResponse } from 'node:http'
import express from 'express'
import { answerPoll, isBehind, listen, newest, noticesOf } from './plain-notices.ts'

const isLean = process.argv.includes('lean')
const router = express.Router()
const streams = new Set<ServerResponse>()
let held: ServerResponse[] = []
let last: string[] = []

/** As the guide does it, or with a body that is text already. */
function answer(res: ServerResponse, notices: readonly string[], status = 200): void {
  if (isLean) return answerPoll(res, notices, status)
  const response = res as express.Response
  response.status(status).json({ cursor: String(newest()), notices: notices.map(text => JSON.parse(text)) })
}

/** By `req.query`, or by what a lean handler takes out of the target by itself. */
const isLate = (req: express.Request): boolean =>
  isLean ? isBehind(req.url) : Number((req.query.after as string | undefined) ?? newest()) < newest()

router.post('/notices', express.json(), (req, res) => {
  last = noticesOf(req.body)
  for (const text of last) for (const stream of streams) stream.write(`data: ${text}\n\n`)
  const released = held
  held = []
  for (const poll of released) answer(poll, last)
  answer(res, [], 201)
})
router.get('/events', (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
  res.write(': hello\n\n')
  streams.add(res)
  res.on('close', () => streams.delete(res))
})
router.get('/poll', (req, res) => answer(res, isLate(req) ? last : []))
router.get('/held-poll', (req, res) => {
  if (isLate(req)) return answer(res, last)
  held.push(res)
  res.on('close', () => {
    if (!res.writableEnded) held = held.filter(other => other !== res)
  })
})

if (process.argv.includes('router'))
  listen(
    createServer((req, res) =>
      router(req as express.Request, res as express.Response, () => void res.writeHead(404).end()),
    ),
  )
else {
  const app = express()
  if (isLean) app.disable('x-powered-by').disable('etag').set('query parser', false)
  app.use(router)
  listen(createServer(app))
}
