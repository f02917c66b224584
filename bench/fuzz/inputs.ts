// All that is generated: conversations of every kind.
import fc from 'fast-check'
import type { Conversation } from './conversation.ts'
import { demo } from './demo.ts'
import { files, type Samples } from './files.ts'
import { frames } from './frames.ts'
import { requests } from './requests.ts'
import { sessions } from './sessions.ts'

/** Conversations that are held side by side. */
const AT_ONCE = 96

/** One conversation, of each kind as often as of any other. */
export const conversations = (samples: Samples): fc.Arbitrary<Conversation> =>
  fc.oneof(...requests, ...frames, ...sessions, ...demo, ...files(samples))

/** Conversations that are held side by side, `most` at most. */
export const batches = (samples: Samples, most = AT_ONCE): fc.Arbitrary<Conversation[]> =>
  fc.array(conversations(samples), { minLength: 1, maxLength: most, size: 'max' })
