// How phones come in: what they scan, by which of the machine's addresses, and whether one gets here.
import { signal } from '@preact/signals'
import { phonePaths } from '../../../server/demo/phone-wire.ts'
import { reached } from '../act.ts'
import { JoinBox } from '../parts.tsx'
import { canAct, demo, isPlayingLive, nextAddress, token } from '../store.ts'

/** What came of asking for phones; undefined = nobody has asked. */
const found = signal<string | undefined>(undefined)
const isWaiting = signal(false)
const hostOf = (url: string): string => new URL(url).host

export function Joining() {
  const { code, joinUrls = [] } = demo.value ?? {}
  const [shown, next] = joinUrls
  if (!isPlayingLive.value) return <p class="hint">Phones join a live class.</p>
  if (!code) return null
  if (!shown)
    return (
      <p class="hint">
        Phones cannot reach this machine. <code>npm run demo -- --lan</code> starts a demo that those of the same
        network can join.{' '}
        <a href={`${phonePaths.join}/${code}`} target="_blank" rel="noopener">
          A phone in this browser
        </a>
      </p>
    )
  const isOff = !canAct.value
  return (
    <>
      <JoinBox />
      <p class="row">
        <button type="button" disabled={isOff || isWaiting.value} onClick={() => look(shown, next)}>
          Can a phone reach it?
        </button>
        {next && (
          <button type="button" disabled={isOff} aria-keyshortcuts="a" onClick={nextAddress}>
            Next address: {hostOf(next)}
          </button>
        )}
      </p>
      <p role="status">{found.value}</p>
    </>
  )
}

async function look(shown: string, next: string | undefined): Promise<void> {
  const host = hostOf(shown)
  isWaiting.value = true
  found.value = `Open ${host} on a phone now: ten seconds …`
  try {
    const { from, at } = await reached(token.value!)
    found.value =
      at === host
        ? `Yes: ${from} did.`
        : at
          ? `Nobody reached ${host} in ten seconds, but ${from} reached ${at}.`
          : `Nobody reached ${host} in ten seconds. Is the phone in the same Wi-Fi? Guest networks keep devices apart, and a firewall on this machine may close port ${new URL(shown).port || 80}.${next ? ' Or try the next address.' : ''}`
  } catch (error) {
    found.value = (error as Error).message
  } finally {
    isWaiting.value = false
  }
}
