// Bundles the pages. The results viewer: into dist/web/ with what only some runs need in a script of its own, and in the mode `report`
// into dist/report/ as one script and one style sheet, which bench/report.ts puts into report.html. The mode `demo`: the demo's pages,
// into dist/web/demo/, apart from the viewer, so that neither carries what only the other one needs.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Charts of that package which we do not use stay in for the statements that set their defaults, and Chart.js' tooltip for two texts
 * of theirs. Should a later version be written otherwise, nothing breaks but the budget, and a test watches that. */
const onlyUsedErrorBars: Plugin = {
  name: 'only-used-error-bars',
  transform: (code, id) =>
    id.includes('chartjs-chart-error-bars')
      ? code
          .replaceAll(/^(Polar|Arc|Line|\w+Chart\b)\w*\.\w+ = [\s\S]*?;\n(?=[\S\n])/gm, '')
          .replace(
            /const interpolators = \{[\s\S]*?\nconst animationHints = \{[\s\S]*?\n\};/,
            'const animationHints = {};',
          )
          .replaceAll('Tooltip.defaults.callbacks.label.call(this, item)', "''")
      : undefined,
}

/** Nothing moves on these pages: what Chart.js has for animations shrinks to what it does where they are off. */
const withoutAnimations: Plugin = {
  name: 'without-animations',
  transform: (code, id) =>
    id.includes('/chart.js/dist/')
      ? code
          .replace(/const effects = \{\n[\s\S]*?\n\};$/m, 'const effects = { linear: t => t };')
          .replace(
            /const transparent = 'transparent';[\s\S]*?(?=function awaitAll)/,
            'class Animation {}\nclass Animations { update(target, values) { Object.assign(target, values); } }\n',
          )
      : undefined,
}

/** Classifiers and a table of the normal distribution, kept in by the statements that fill them; names of string formats we have none of. */
const withoutUnused: Plugin = {
  name: 'without-unused',
  transform: (code, id) => {
    if (id.includes('/simple-statistics/'))
      return code
        .replaceAll(/^(BayesianClassifier|PerceptronModel)\.prototype\.\w+ = [\s\S]*?^\};?$/gm, '')
        .replace(/^for \(var z = 0; z <= 3\.09[\s\S]*?^\}$/m, '')
    if (id.endsWith('/zod/v4/locales/en.js'))
      return code.replace(/const FormatDictionary = \{[\s\S]*?\};/, 'const FormatDictionary = { regex: "input" };')
    return undefined
  },
}

/** The registry of transports loads their code on demand; the viewer never subscribes to anything and leaves it out. */
const withoutTransports: Plugin = {
  name: 'without-transports',
  transform: (code, id) =>
    id.endsWith('/client/transports/index.ts') ? code.replaceAll(/\(\) => import\(.*?\)/g, 'undefined') : undefined,
}

/** Vite's wrapper of `import()` preloads what a script needs beside itself: these scripts need nothing, and a phone pays for it. */
const withoutPreloads: Plugin = {
  name: 'without-preloads',
  enforce: 'pre',
  load: id => (id.includes('vite/preload-helper') ? 'export const __vitePreload = load => load()' : undefined),
}

const demoPages = {
  index: here('demo/index.html'),
  teach: here('demo/teach.html'),
  stage: here('demo/stage.html'),
  join: here('demo/join.html'),
  tabs: here('demo/tabs.html'),
}

export default defineConfig(({ mode }) => ({
  root: here('.'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    withoutPreloads,
    // The demo's phones do subscribe.
    ...(mode === 'demo' ? [] : [onlyUsedErrorBars, withoutAnimations, withoutUnused, withoutTransports]),
  ],
  resolve: { alias: { '@kurkle/color': here('charts/parts/color.ts') } },
  build: {
    outDir: here(mode === 'report' ? '../dist/report' : '../dist/web'),
    emptyOutDir: mode !== 'demo',
    modulePreload: false,
    target: 'es2023',
    rolldownOptions: {
      input: mode === 'demo' ? demoPages : here('viewer/index.html'),
      output: {
        // What both scripts use stays in the first: by itself it would be a third request, and compress less well.
        codeSplitting: mode === 'demo' || (mode !== 'report' && { groups: [{ name: 'viewer', tags: ['$initial'] }] }),
      },
      // A static member that reads another one is no reason to keep an unused class. Writes must keep their effect: Preact's are the page.
      treeshake: { propertyReadSideEffects: false },
    },
  },
}))
