// What a phone's page must know of the demo before it has a notice: where it asks, and what its requests carry. A leaf, apart from the rest of
// the wire: a phone loads little.

export const phonePaths = {
  /** The page, and the code behind it. */
  join: '/demo/join',
  /** POST {code, key}: Joined. The same key is the same phone, however often it asks. */
  phones: '/api/demo/phones',
  /** POST, phone: {key} and a Report → Told. */
  report: '/api/demo/phones/report',
  /** POST, phone: {key, transport}. */
  transport: '/api/demo/phones/transport',
  /** POST, phone: {key, scene, choice}. */
  vote: '/api/demo/phones/vote',
  /** POST, phone: {key}; its page is closed. */
  leave: '/api/demo/phones/leave',
} as const

/** The parameter of a phone's requests on delivery paths that holds its key. A cookie would be sent to the demo on another port of the host as well,
 * and a browser that refuses it would be a new phone with each request. */
export const PHONE_PARAMETER = 'phone'

/** No page polls more often. */
export const MIN_POLL_MS = 250
