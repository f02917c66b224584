// WebSocket, in the page: nobody but this file connects again.
const list = document.querySelector('ol')
let after
let failures = 0

function connect() {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket?after=${after ?? ''}`)
  socket.onmessage = ({ data }) => {
    const { seq, body, cursor = seq } = JSON.parse(data)
    if (seq > after + 1) console.warn('some are gone: the server no longer holds them') // cursor
    after = cursor // cursor
    if (body !== undefined)
      list.append(Object.assign(document.createElement('li'), { textContent: JSON.stringify(body) }))
    failures = 0
  }
  // Later and later, and not all pages at once: up to 0.25 s, 0.5 s, 1 s, … 10 s.
  socket.onclose = () => setTimeout(connect, Math.random() * Math.min(10_000, 250 * 2 ** failures++))
}

connect()
