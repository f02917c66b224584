// Loaded where a code is to be typed: says at once where there is no class to join. Lanes that move on the screen may be a recording.
import { type DemoState, demoPaths } from '../../../server/demo/wire.ts'

fetch(demoPaths.state, { cache: 'no-store' })
  .then(async response => {
    const { isLive } = (await response.json()) as DemoState
    const trouble = document.getElementById('trouble')!
    if (!isLive && trouble.textContent === '')
      trouble.textContent =
        'Nothing is live here: what the screen shows is a recording. Phones join a class that “npm run demo” starts.'
  })
  // What is wrong with the way to the server is said when somebody joins.
  .catch(() => {})
