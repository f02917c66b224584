// Bundles the pages into dist/web/, and the viewer once more into a single file, from which `npm run bench` makes report.html.
import { fileURLToPath } from 'node:url'
import { build, defineConfig, type InlineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const dist = here('../dist/web')

const shared = {
  configFile: false,
  root: here('.'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
} satisfies InlineConfig

/** The polar charts that we do not use stay in for a call that sets their defaults; marked as pure, it goes with them. */
const withoutPolarCharts: Plugin = {
  name: 'without-polar-charts',
  transform: (code, id) =>
    id.includes('chartjs-chart-error-bars') ? code.replaceAll(' = merge(', ' = /* @__PURE__ */ merge(') : undefined,
}

/** Static members of classes that nobody uses are no reason to keep them: a third of Chart.js. */
const treeshake = { propertyReadSideEffects: false, propertyWriteSideEffects: false } as const

/** The registry of transports loads their code on demand; the report never subscribes to anything and leaves it out. */
const withoutTransports: Plugin = {
  name: 'without-transports',
  transform: (code, id) =>
    id.endsWith('/client/transports/index.ts') ? code.replaceAll(/\(\) => import\(.*?\)/g, 'undefined') : undefined,
}

/** One script and one style sheet under fixed names: bench/report.ts puts them into a page. */
const report: InlineConfig = {
  ...shared,
  plugins: [withoutPolarCharts, withoutTransports],
  build: {
    outDir: `${dist}/report`,
    emptyOutDir: true,
    modulePreload: false,
    cssCodeSplit: false,
    target: 'es2023',
    rolldownOptions: {
      treeshake,
      input: here('viewer/index.html'),
      output: { entryFileNames: 'report.js', assetFileNames: 'report.[ext]', codeSplitting: false },
    },
  },
}

const reportAfterwards: Plugin = {
  name: 'report-afterwards',
  async closeBundle() {
    await build(report)
  },
}

export default defineConfig({
  ...shared,
  plugins: [withoutPolarCharts, reportAfterwards],
  build: {
    outDir: dist,
    emptyOutDir: true,
    modulePreload: false,
    target: 'es2023',
    rolldownOptions: { treeshake, input: { viewer: here('viewer/index.html') } },
  },
})
