// Tests that start the real server or open a page need dist/ to be what the sources say; fixtures that are programs have a folder of their own,
// with what they import, so that none is in what people install.
import { compile, ensureBuilt, ensureFresh } from './launch.mjs'

export function setup() {
  ensureBuilt()
  ensureFresh('dist-fixtures', () => compile('.ci/tsconfig.fixtures.json'))
}
