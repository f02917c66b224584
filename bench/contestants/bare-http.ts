// Node's own HTTP server and nothing else: an empty poll answered with the fewest lines.
import { createServer } from 'node:http'
import { listen } from './parts/plain-notices.ts'

const body = '{"cursor":"k3x9a2q1w0.0","missed":0,"notices":[]}'
listen(
  createServer((_req, res) => {
    res.writeHead(200, [
      'Content-Type',
      'application/json; charset=utf-8',
      'Cache-Control',
      'no-store',
      'Content-Length',
      String(body.length),
    ])
    res.end(body)
  }),
)
