// Server-Sent Events. npm install express; node server.js
import express from 'express'

const app = express()
const log = [] // the newest 1000 notices
const streams = new Set()
let seq = Date.now() // so that a server that is started again counts on above the one before

app.get('/events', (req, res) => {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).write('retry: 1000\n\n')
  const after = Number(req.get('Last-Event-ID') || req.query.after || seq) // cursor
  res.write(`id: ${after}\ndata: {}\n\n`) // cursor
  for (const event of after < seq ? log.slice(after - seq) : []) res.write(event) // cursor
  streams.add(res)
  res.on('close', () => streams.delete(res))
})

app.post('/notices', express.json(), (req, res) => {
  for (const { body } of req.body) {
    let event = `data: ${JSON.stringify({ seq: ++seq, at: Date.now(), body })}\n\n`
    event = `id: ${seq}\n${event}` // cursor
    log.push(event) // cursor
    if (log.length > 1000) log.shift() // cursor
    for (const stream of streams) stream.write(event)
  }
  res.sendStatus(201)
})

app.get('/', (_req, res) => res.send('<!doctype html><ol></ol><script type="module" src="client.js"></script>'))
app.get('/client.js', (_req, res) => res.sendFile('client.js', { root: import.meta.dirname }))
const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))
