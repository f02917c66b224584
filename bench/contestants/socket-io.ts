// Socket.IO as its guide shows it: `io.emit` to everyone.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listen, onNotices } from './plain-notices.ts'

const server = createServer((req, res) => {
  onNotices(req, texts => {
    for (const text of texts) io.emit('notice', JSON.parse(text))
    res.writeHead(201, { 'Content-Length': 2 }).end('{}')
  })
})
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false })
listen(server)
