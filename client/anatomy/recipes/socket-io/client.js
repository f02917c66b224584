// Socket.IO, in the page: its client connects again by itself; where the page was is for the page to say.
import { io } from '/socket.io/socket.io.esm.min.js'

const list = document.querySelector('ol')
let after

const socket = io({
  auth: say => say({ after }), // cursor
})
socket.on('notice', ({ seq, body, cursor = seq }) => {
  if (seq > after + 1) console.warn('some are gone: the server no longer holds them') // cursor
  after = cursor // cursor
  if (body !== undefined)
    list.append(Object.assign(document.createElement('li'), { textContent: JSON.stringify(body) }))
})
