// What of a capture is left to see under TLS: who speaks, when, and how much.
import { useEffect } from 'preact/hooks'
import { formatBytes } from '../../results/figures.ts'
import { tlsOverheadBytes } from '../../results/model-bytes.ts'
import { Scroll } from '../scroll.tsx'
import { entryOf } from '../transports/index.ts'
import { type Capture, sizeOf } from './capture.ts'
import { recordsOf, recordTypes } from './records.ts'
import { loadTls, tls } from './store.ts'

export function Tls() {
  useEffect(() => void loadTls(), [])
  return (
    <>
      <h2>The same under TLS</h2>
      {tls.value ? <Records capture={tls.value} /> : <p class="hint">The recorded example is being fetched …</p>}
    </>
  )
}

/** A capture of TLS, record by record. */
export function Records({ capture }: { capture: Capture }) {
  const records = capture.connections.flatMap((connection, at) =>
    recordsOf(connection).map(record => ({ ...record, connection: at + 1 })),
  )
  const { upBytes, downBytes } = sizeOf(capture)
  const ofType = (type: number): number =>
    records.filter(each => each.type === type).reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <>
      <p class="saying">
        {entryOf(capture.transport)?.label ?? capture.transport} over <code>wss:</code> or <code>https:</code>, by{' '}
        {capture.client}. Whoever listens on the way sees records: who speaks, when, and how long each is. No path, no
        header, no notice.
      </p>
      <p>
        <strong>{formatBytes(upBytes + downBytes)}</strong> in all, {formatBytes(ofType(22) + ofType(20))} of it in
        records that are openly of a handshake. To each further record TLS adds {tlsOverheadBytes({ writeBytes: 1 })} B:
        five before it, and at its end a byte for its real type and a seal of 16. What is left after these is the length
        of what was said: a short notice can be told from a long one.
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
              <th scope="col">at most said in it</th>
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
                <td>{type === 23 ? Math.max(0, bytes - tlsOverheadBytes({ writeBytes: 1 })) : 'n/a (not sealed)'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  )
}
