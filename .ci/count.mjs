// Prints the closing line `N passed, N failed` from the runner's JSON report; a skipped test is a failure here.
import { readFileSync } from 'node:fs'

const [, , file, status] = process.argv
let report
try {
  report = JSON.parse(readFileSync(file, 'utf8'))
} catch {
  console.log('the test runner left no report\n0 passed, 1 failed')
  process.exit(1)
}
const { numPassedTests: passed, numTotalTests: total, success } = report
const skipped = total - passed - report.numFailedTests
if (skipped > 0) console.log(`${skipped} tests were skipped; none may be`)
const failed = total - passed
console.log(`${passed} passed, ${failed} failed`)
process.exit(status === '0' && success && failed === 0 && passed > 0 ? 0 : 1)
