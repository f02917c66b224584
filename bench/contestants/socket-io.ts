// Socket.IO as its guide shows it: `io.emit` to everyone.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { listen, noticesOf } from './parts/plain-notices.ts'

const server = createServer((req, res) => {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.on('end', () => {
    for (const text of noticesOf(JSON.parse(Buffer.concat(chunks).toString()))) io.emit('notice', JSON.parse(text))
    res.writeHead(201, { 'Content-Length': 2 }).end('{}')
  })
})
const io = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false })
listen(server)
