// Short polling. npm install express; node server.js
import express from 'express'

const app = express()
const log = [] // the newest 1000 notices
let seq = Date.now() // so that a server that is started again counts on above the one before

app.get('/poll', (req, res) => {
  const { after } = req.query
  let notices = log.slice(-1) // a page that comes without a cursor begins with the newest
  if (after) notices = after < seq ? log.slice(after - seq) : [] // cursor
  res.set('Cache-Control', 'no-store').json({ cursor: seq, notices })
})

app.post('/notices', express.json(), (req, res) => {
  for (const { body } of req.body) log.push({ seq: ++seq, at: Date.now(), body })
  log.splice(0, log.length - 1000)
  res.sendStatus(201)
})

app.get('/', (_req, res) => res.send('<!doctype html><ol></ol><script type="module" src="client.js"></script>'))
app.get('/client.js', (_req, res) => res.sendFile('client.js', { root: import.meta.dirname }))
const server = app.listen(process.env.PORT ?? 3000, '127.0.0.1')
server.on('listening', () => console.log(`http://127.0.0.1:${server.address().port}`))
