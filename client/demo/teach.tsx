// The teacher's page.
import { render } from 'preact'
import { LanesFigure } from './lanes-figure.tsx'
import { start } from './store.ts'

start('teach', new AbortController().signal)
const app = document.getElementById('app')!
app.replaceChildren()
render(<LanesFigure fontPx={14} />, app)
