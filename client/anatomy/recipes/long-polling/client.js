// Long polling, in the page: asks what comes after its cursor, and again as soon as that is answered.
const list = document.querySelector('ol')
let after
let failures = 0

async function poll() {
  const response = await fetch(`/poll?after=${after ?? ''}`, { signal: AbortSignal.timeout(35_000) })
  if (!response.ok) throw new Error(`the poll was answered with ${response.status}`)
  const { cursor, notices } = await response.json()
  if (notices[0]?.seq > after + 1) console.warn('some are gone: the server no longer holds them') // cursor
  after = cursor // cursor
  for (const { body } of notices)
    list.append(Object.assign(document.createElement('li'), { textContent: JSON.stringify(body) }))
  failures = 0
}

for (;;) {
  // Later and later, and not all pages at once: up to 0.25 s, 0.5 s, 1 s, … 10 s.
  const backOff = () => Math.random() * Math.min(10_000, 250 * 2 ** failures++)
  await poll().catch(() => new Promise(resolve => setTimeout(resolve, backOff())))
}
