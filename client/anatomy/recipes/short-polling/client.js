// Short polling, in the page: asks each second what came after its cursor.
const list = document.querySelector('ol')
let after

async function poll() {
  const response = await fetch(`/poll?after=${after ?? ''}`, { signal: AbortSignal.timeout(10_000) })
  if (!response.ok) throw new Error(`the poll was answered with ${response.status}`)
  const { cursor, notices } = await response.json()
  if (notices[0]?.seq > after + 1) console.warn('some are gone: the server no longer holds them') // cursor
  after = cursor // cursor
  for (const { body } of notices)
    list.append(Object.assign(document.createElement('li'), { textContent: JSON.stringify(body) }))
}

for (;;) {
  await poll().catch(console.warn) // the next poll asks for the same again
  await new Promise(resolve => setTimeout(resolve, 1000))
}
