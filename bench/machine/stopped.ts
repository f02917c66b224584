// A process that stands still: SIGSTOP, and when it has taken hold.
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const LOOKS = 2000

/** Sends SIGSTOP; settles once each of the process's threads stands still. On a busy machine one that is running goes on for a while, and may still
 * answer. Elsewhere than on Linux nobody can look, and it settles at once. Throws where there is no such process. */
export async function standStill(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  if (process.platform !== 'linux') return
  for (let look = 0; look < LOOKS; look++) {
    if (await isStill(pid)) return
    await wait(1)
  }
  throw new Error(`process ${pid} does not stand still`)
}

async function isStill(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`)
  const states = await Promise.all(
    threads.map(async thread => {
      // A thread may end meanwhile. Its name, in parentheses, may hold anything.
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') T')
      return stat.slice(stat.lastIndexOf(')') + 2)[0]
    }),
  )
  return states.every(state => state === 'T' || state === 't')
}
