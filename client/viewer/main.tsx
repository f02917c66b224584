// Starts the results page.
import { render } from 'preact'
import * as z from 'zod/mini'
import { Page } from './page.tsx'
import { start } from './store.ts'

// The schema would be compiled with `new Function`, which the page's Content-Security-Policy forbids.
z.config({ jitless: true })

await start()
const app = document.getElementById('app')!
// What stood there until now was for the time without script.
app.replaceChildren()
render(<Page />, app)
