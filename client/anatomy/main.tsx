// Starts the page of the bytes on the wire.
import { render } from 'preact'
import { Page } from './page.tsx'
import { start } from './store.ts'

start(new AbortController().signal)
const app = document.getElementById('app')!
// What stood there until now was for the time without script.
app.replaceChildren()
render(<Page />, app)
