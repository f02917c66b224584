// Socket.IO. npm install express socket.io; node server.js
import express from 'express'
import { Server } from 'socket.io'

const app = express()
const log = [] // the newest 1000 notices
let seq = Date.now() // so that a server that is started again counts on above the one before

app.post('/notices', express.json(), (req, res) => {
  for (const { body } of req.body) {
    const notice = { seq: ++seq, at: Date.now(), body }
    log.push(notice) // cursor
    if (log.length > 1000) log.shift() // cursor
    io.emit('notice', notice)
  }
  res.sendStatus(201)
})

app.get('/', (_req, res) => res.send('<!doctype html><ol></ol><script type="module" src="client.js"></script>'))
app.get('/client.js', (_req, res) => res.sendFile('client.js', { root: import.meta.dirname }))
const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))

const io = new Server(server)
io.on('connection', socket => {
  const { after = seq } = socket.handshake.auth // cursor
  socket.emit('notice', { cursor: after }) // cursor
  for (const notice of after < seq ? log.slice(after - seq) : []) socket.emit('notice', notice) // cursor
})
