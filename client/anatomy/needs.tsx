// The headers of a head in three groups, to scale, with what each costs a notice.
import { formatBytes } from '../../results/figures.ts'
import { allBytesByNeed, bytesByNeed, type HeadEntry, needs, needWords } from './headers.ts'

interface NeedsProps {
  readonly of: HeadEntry
  readonly all: readonly HeadEntry[]
  /** That were delivered in the capture. */
  readonly notices: number
}

export function Needs({ of, all, notices }: NeedsProps) {
  const own = bytesByNeed(of, all)
  const whole = allBytesByNeed(all)
  return (
    <section class="needs" aria-labelledby="needs-title">
      <h4 id="needs-title">Which of these headers are needed?</h4>
      <div class="bar-of-needs" aria-hidden="true">
        {needs.map(need => (
          <span key={need} data-need={need} style={{ flexGrow: own[need] }} />
        ))}
      </div>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">here</th>
            <th scope="col">in all heads, for each notice</th>
          </tr>
        </thead>
        <tbody>
          {needs.map(need => (
            <tr key={need}>
              <th scope="row">
                <span class="swatch" data-need={need} aria-hidden="true" />
                {needWords[need].label}
                <span class="below">{needWords[need].why}</span>
              </th>
              <td>{formatBytes(own[need])}</td>
              <td>{notices > 0 ? formatBytes(whole[need] / notices) : 'n/a (no notice)'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
