// What a browser page of another origin may: subscribe where it is named (CORS for HTTP, the Origin check for upgrades), and never publish.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Problem, quote } from './problem.ts'

export interface Access {
  /** Adds the CORS headers where the request's origin is allowed. */
  allow(req: IncomingMessage, res: ServerResponse): void
  /** Answers OPTIONS: 204, with the preflight headers where the origin is allowed. */
  preflight(req: IncomingMessage, res: ServerResponse, methods: string): void
  /** Whether a request is of a page of another origin. Such a one may not publish, listed or not. */
  isForeign(req: IncomingMessage): boolean
  /** Throws Problem 403 for an upgrade from a page of another origin that is not allowed. */
  checkUpgrade(req: IncomingMessage): void
}

/** `origins`: those that --allow-origin names; `*` allows all. */
export function createAccess(origins: readonly string[]): Access {
  const any = origins.includes('*')
  const isListed = (origin: string): boolean => any || origins.includes(origin)
  const isForeign = ({ headers: { origin, host = '' } }: IncomingMessage): boolean => {
    if (origin === undefined) return false
    if (!URL.canParse(origin)) return true
    const { protocol, host: own } = new URL(origin)
    // A port that is the scheme's own may stand in one and not in the other.
    const asked = `${protocol}//${host}`
    return own !== (URL.canParse(asked) ? new URL(asked).host : host)
  }

  return {
    allow(req, res) {
      // Looked at first: Node reads a request's headers only once somebody asks for them.
      if (origins.length === 0) return
      const { origin } = req.headers
      if (!any) res.setHeader('Vary', 'Origin')
      if (origin !== undefined && isListed(origin)) res.setHeader('Access-Control-Allow-Origin', any ? '*' : origin)
    },
    preflight(req, res, methods) {
      const { origin } = req.headers
      res.setHeader('Allow', methods)
      if (origin !== undefined && isListed(origin)) {
        res.setHeader('Access-Control-Allow-Methods', methods)
        res.setHeader('Access-Control-Allow-Headers', 'Content-Type, Authorization, Last-Event-ID')
        res.setHeader('Access-Control-Max-Age', '600')
      }
      res.writeHead(204).end()
    },
    isForeign,
    checkUpgrade(req) {
      const { origin } = req.headers
      if (origin === undefined || isListed(origin) || !isForeign(req)) return
      throw new Problem(
        403,
        `a page of ${quote(origin)} may not subscribe; the server must name it with --allow-origin`,
      )
    },
  }
}
