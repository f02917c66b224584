// The page: its head, and the room that its address names.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Header } from './header.tsx'
import { rooms } from './rooms/index.ts'
import { openFile, room, view } from './store.ts'

export function Page() {
  const isOver = useDrop()
  const { label, View } = rooms[room.value]
  const before = useRef(room.value)
  useEffect(() => {
    document.title = `Transport lab: ${label.toLowerCase()}`
    // Another room begins at its top.
    if (before.current !== room.value && view.value.claim === undefined) scrollTo(0, 0)
    before.current = room.value
  }, [room.value])
  return (
    <>
      <button type="button" class="skip" onClick={focusResults}>
        Skip to the results
      </button>
      <Header />
      <main id="results" tabIndex={-1}>
        <View />
      </main>
      {isOver && <div class="drop">Drop the run.json here</div>}
    </>
  )
}

/** No link: the part of the address behind # is the page's state. */
function focusResults(): void {
  const results = document.getElementById('results')
  results?.focus()
  results?.scrollIntoView()
}

/** A run.json may be dropped anywhere. True while something is held over the page. */
function useDrop(): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const stop = new AbortController()
    const { signal } = stop
    addEventListener(
      'dragover',
      event => {
        event.preventDefault()
        setOver(true)
      },
      { signal },
    )
    addEventListener('dragleave', event => event.relatedTarget === null && setOver(false), { signal })
    addEventListener(
      'drop',
      event => {
        event.preventDefault()
        setOver(false)
        const [file] = event.dataTransfer?.files ?? []
        if (file) void openFile(file)
      },
      { signal },
    )
    return () => stop.abort()
  }, [])
  return isOver
}
