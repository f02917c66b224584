// The page's half of recording: the anatomy's own code, put into a page that came through the tap.
import { plainOf } from '../../client/anatomy/capture.ts'
import { captureLive } from '../../client/anatomy/live.ts'

export interface AnatomyPage {
  /** A capture as JSON has it. */
  readonly capture: (transport: string) => Promise<object>
}

const anatomy: AnatomyPage = { capture: async transport => plainOf(await captureLive(transport)) }
Object.assign(globalThis, { anatomy })
