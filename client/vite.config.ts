// Bundles the pages. The results viewer: into dist/web/ with what only some runs need in a script of its own, and in the mode `report`
// into dist/report/ as one script and one style sheet, which bench/report/report-html.ts puts into report.html. The mode `demo`: the demo's pages,
// into dist/web/demo/, apart from the viewer, so that neither carries what only the other one needs; and likewise the mode `anatomy`.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

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

/** What each mode bundles besides the viewer, into the same folder; undefined in a mode that bundles the viewer alone. */
const pagesOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  demo: demoPages,
  anatomy: { anatomy: here('anatomy/index.html') },
}

/** What every page with clients of its own needs, whatever their transport. */
const everyClient =
  /\/client\/(answer|network\/browser|ordering|reason|session|text-stream|transports\/transport)\.ts$|\/server\/protocol\.ts$|\/demo\/(mark|phone\/clock)\.ts$/

/** What every page needs. Teacher and stage have no clients of their own, and do without what those are made of. */
const everyPage =
  /\/server\/demo\/phone-wire\.ts$|\/client\/(transports\/index|codecs\/event-fields)\.ts$|vite\/preload-helper/

export default defineConfig(({ mode }) => ({
  root: here('.'),
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    withoutPreloads,
    // The demo's phones do subscribe, and so does a page that is captured.
    ...(mode in pagesOf ? [] : [withoutTransports]),
  ],
  build: {
    outDir: here(mode === 'report' ? '../dist/report' : '../dist/web'),
    emptyOutDir: !(mode in pagesOf),
    modulePreload: false,
    target: 'es2023',
    rolldownOptions: {
      input: pagesOf[mode] ?? here('viewer/index.html'),
      output: {
        // What both scripts use stays in the first: by itself it would be a third request, and compress less well.
        codeSplitting: mode !== 'report' && {
          groups:
            mode === 'demo'
              ? [
                  { name: 'every-page', test: everyPage },
                  { name: 'client', test: everyClient },
                ]
              : [{ name: mode === 'anatomy' ? 'anatomy' : 'viewer', tags: ['$initial'] }],
        },
      },
      // A static member that reads another one is no reason to keep an unused class. Writes must keep their effect: Preact's are the page.
      treeshake: { propertyReadSideEffects: false },
    },
  },
}))
