// Long polling. npm install express; node server.js
import express from 'express'

const app = express()
const log = [] // the newest 1000 notices
const held = new Set()
let seq = Date.now() // so that a server that is started again counts on above the one before

function answer(res, notices) {
  if (held.delete(res)) res.set('Cache-Control', 'no-store').json({ cursor: seq, notices })
}

app.get('/poll', (req, res) => {
  held.add(res)
  const { after } = req.query // cursor
  const missed = after < seq ? log.slice(after - seq) : [] // cursor
  if (!after || missed.length > 0) return answer(res, missed) // cursor
  const timer = setTimeout(answer, 25_000, res, [])
  res.on('close', () => {
    held.delete(res)
    clearTimeout(timer)
  })
})

app.post('/notices', express.json(), (req, res) => {
  const notices = req.body.map(({ body }) => ({ seq: ++seq, at: Date.now(), body }))
  log.push(...notices) // cursor
  log.splice(0, log.length - 1000) // cursor
  for (const poll of held) answer(poll, notices)
  res.sendStatus(201)
})

app.get('/', (_req, res) => res.send('<!doctype html><ol></ol><script type="module" src="client.js"></script>'))
app.get('/client.js', (_req, res) => res.sendFile('client.js', { root: import.meta.dirname }))
const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))
