// What most benchmarks do: a closed loop that asks, waits for the answer, waits a little, asks again. It leaves out the requests that a
// stall kept it from sending (coordinated omission; Tene), and the experiment of that name shows how much that hides.
import { Client } from 'undici'
import type { Distribution } from '../../results/estimate.ts'
import { newHistogram } from '../histogram.ts'

/** Asks `url` + `path` again `everyMs` after each answer until `signal` aborts; response times of the answers that came. */
export async function closedLoop(
  url: string,
  path: string,
  everyMs: number,
  signal: AbortSignal,
): Promise<Distribution> {
  const client = new Client(url, { headersTimeout: 0, bodyTimeout: 0 })
  const histogram = newHistogram()
  try {
    while (!signal.aborted) {
      const from = process.hrtime.bigint()
      const { body } = await client.request({ path, method: 'GET', signal })
      await body.dump()
      histogram.record(Number(process.hrtime.bigint() - from) / 1000)
      await new Promise(resolve => setTimeout(resolve, everyMs))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await client.destroy()
  }
  return histogram.distribution()
}
