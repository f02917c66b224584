// The loop of every tutorial: `for (const client of wss.clients) client.send(text)`; with the word `deflate` it agrees to permessage-deflate.
import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { listen, onNotices } from './plain-notices.ts'

const server = createServer((req, res) => {
  onNotices(req, texts => {
    for (const text of texts) for (const client of sockets.clients) client.send(text)
    res.writeHead(201, { 'Content-Length': 2 }).end('{}')
  })
})
// At the defaults of ws, but for short messages too.
const perMessageDeflate = process.argv.includes('deflate') && { threshold: 0 }
const sockets = new WebSocketServer({ server, perMessageDeflate })
listen(server)
