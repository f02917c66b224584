// Which browser captured, from what browsers say of themselves.
import { expect, test } from 'vitest'
import { browserIn } from './browser-name.ts'

const like = 'AppleWebKit/537.36 (KHTML, like Gecko)'

test.each([
  [`Mozilla/5.0 (X11; Linux x86_64) ${like} Chrome/140.0.0.0 Safari/537.36`, 'Chrome 140'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${like} HeadlessChrome/156.0.0.0 Safari/537.36`, 'Chromium 156'],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${like} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`, 'Edge 140'],
  [`Mozilla/5.0 (X11; Linux x86_64) ${like} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0`, 'Opera 124'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox 143'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    'Safari 26',
  ],
  ['curl/8.5.0', 'curl 8'],
  ['', 'a client that does not say its name'],
])('%s is %s', (userAgent, name) => {
  expect(browserIn(userAgent)).toBe(name)
})
