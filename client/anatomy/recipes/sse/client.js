// Server-Sent Events, in the page: the browser connects again by itself, and sends the last `id:` as Last-Event-ID.
const list = document.querySelector('ol')
let after

function connect() {
  const source = new EventSource(`/events?after=${after ?? ''}`)
  source.onmessage = ({ data, lastEventId }) => {
    const { seq, body } = JSON.parse(data)
    if (seq > after + 1) console.warn('some are gone: the server no longer holds them') // cursor
    after = Number(lastEventId) // cursor
    if (body !== undefined)
      list.append(Object.assign(document.createElement('li'), { textContent: JSON.stringify(body) }))
  }
  source.onerror = () => {
    // What the browser takes for final, a proxy's 502 for one, is for us to try again.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000 + 4000 * Math.random())
  }
}

connect()
