// What of a capture is left to see under TLS: who speaks, when, and how much.
import { useEffect } from 'preact/hooks'
import { formatBytes } from '../../results/figures.ts'
import { tlsOverheadBytes } from '../../results/model-bytes.ts'
import { Scroll } from '../scroll.tsx'
import { entryOf } from '../transports/index.ts'
import { type Capture, sizeOf } from './capture.ts'
import { recordsOf, recordTypes } from './records.ts'
import { addressOf, loadTls, tls } from './store.ts'

export function Tls() {
  useEffect(() => void loadTls(), [])
  return (
    <>
      <h2>The same under TLS</h2>
      {tls.value ? <Records capture={tls.value} /> : <p class="hint">The recorded example is being fetched …</p>}
    </>
  )
}

/** Type of a record whose own type is sealed with what it says. */
const SEALED = 23
const saidIn = (bytes: number): number => Math.max(0, bytes - tlsOverheadBytes({ writeBytes: 1 }))

/** A capture of TLS, record by record. */
export function Records({ capture }: { capture: Capture }) {
  const records = capture.connections.flatMap((connection, at) =>
    recordsOf(connection).map(record => ({ ...record, connection: at + 1 })),
  )
  const { upBytes, downBytes } = sizeOf(capture)
  const longest = Math.max(...records.map(({ bytes }) => bytes))
  const ofType = (type: number): number =>
    records.filter(each => each.type === type).reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <>
      <p class="saying">
        {entryOf(capture.transport)?.label ?? capture.transport} under TLS, by {capture.client}. Whoever listens on the
        way sees records: who speaks, when, and how long each is. No path, no header, no notice.
      </p>
      <p>
        <strong>{formatBytes(upBytes + downBytes)}</strong> in all, {formatBytes(ofType(22) + ofType(20))} of it in
        records that are openly of a handshake. To each further record TLS adds {tlsOverheadBytes({ writeBytes: 1 })} B:
        five before it, and at its end a byte for its real type and a seal of 16. What is left after these is the length
        of what was said: a short notice can be told from a long one. Look for these lengths in{' '}
        <a href={addressOf(capture.transport)}>the open</a>.
      </p>
      <Scroll label="Records in order of time">
        <table class="records">
          <thead>
            <tr>
              <th scope="col">s</th>
              {capture.connections.length > 1 && <th scope="col">connection</th>}
              <th scope="col">way</th>
              <th scope="col">record</th>
              <th scope="col">bytes</th>
              <th scope="col">said in it</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {records.map(({ way, atMs, type, bytes, connection }, at) => (
              <tr key={String(at)}>
                <td>{(atMs / 1000).toFixed(3)}</td>
                {capture.connections.length > 1 && <td>{connection}</td>}
                <td>{way === 'up' ? 'client → server' : 'server → client'}</td>
                <td>{recordTypes[type] ?? `type ${type}`}</td>
                <td>{bytes}</td>
                <td>{type === SEALED ? saidIn(bytes) : 'n/a (open)'}</td>
                <td class="record" aria-hidden="true">
                  <span style={{ width: `${(100 * bytes) / longest}%` }}>
                    <span style={{ width: `${type === SEALED ? (100 * saidIn(bytes)) / bytes : 0}%` }} />
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}
