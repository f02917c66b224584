// WebSocket. npm install express ws; node server.js
import express from 'express'
import { WebSocketServer } from 'ws'

const app = express()
const log = [] // the newest 1000 notices
let seq = Date.now() // so that a server that is started again counts on above the one before

app.post('/notices', express.json(), (req, res) => {
  for (const { body } of req.body) {
    const text = JSON.stringify({ seq: ++seq, at: Date.now(), body })
    log.push(text) // cursor
    if (log.length > 1000) log.shift() // cursor
    for (const socket of sockets.clients) socket.send(text)
  }
  res.sendStatus(201)
})

app.get('/', (_req, res) => res.send('<!doctype html><ol></ol><script type="module" src="client.js"></script>'))
app.get('/client.js', (_req, res) => res.sendFile('client.js', { root: import.meta.dirname }))
const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))

const sockets = new WebSocketServer({ server, path: '/socket' })
sockets.on('connection', (socket, req) => {
  socket.on('error', console.error)
  const after = Number(new URLSearchParams(req.url.split('?')[1]).get('after') || seq) // cursor
  socket.send(JSON.stringify({ cursor: after })) // cursor
  for (const text of after < seq ? log.slice(after - seq) : []) socket.send(text) // cursor
})
