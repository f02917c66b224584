// The recorded examples: each is a script of its own, fetched when it is looked at.
import { type Capture, captureOf } from './capture.ts'

/** A file of `recordings/`, by its name without the ending. Rejects where there is none. */
export async function recordedJson(name: string): Promise<unknown> {
  const { default: json } = (await import(`./recordings/${name}.json`)) as { default: unknown }
  return json
}

/** The recorded example of a transport, or of TLS under that name. Rejects where there is none, or with what is wrong with it. */
export const loadRecording = async (transport: string): Promise<Capture> => captureOf(await recordedJson(transport))
