// A real Chromium with its own rules for hidden pages: started without the switches by which tools keep every page awake, and driven over its
// debugging port.
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { paths } from '../../server/protocol.ts'
import { machineError, serverError } from '../cli/exit.ts'
import { freePorts, type Program, startProgram } from '../fleet/program.ts'
import { spread } from './cores.ts'
import { makeFolder, removeFolder } from './folders.ts'
import type { PageHalf } from './page.ts'

export interface Tab {
  /** Calls one of the page's half's functions. */
  call<Name extends keyof PageHalf>(
    name: Name,
    ...args: Parameters<PageHalf[Name]>
  ): Promise<Awaited<ReturnType<PageHalf[Name]>>>
}

export interface BrowserUnderTest {
  /** `Chromium 156.0.8078.79`, say. */
  readonly version: string
  /** Rejects once it ends by itself. */
  readonly died: Promise<never>
  /** Opens a tab of `origin` in front of the others; nothing is subscribed to in it yet. */
  openTab(origin: string): Promise<Tab>
  /** Opens a page of this size in front of the others, as it is served. */
  openPage(url: string, size: { readonly width: number; readonly height: number }): Promise<Page>
  /** Opens an empty tab in front of the others. */
  openBlank(): Promise<void>
  end(): Promise<void>
}

/** How long the end of a process may take to be told after its sockets broke. */
const NEWS_MS = 200
/** How long Chromium may take to end when told to. */
const END_MS = 3000

/** Those who install the lab as a package get neither. */
const HOW_TO_INSTALL =
  'in a clone: npm install --include=dev; where the lab is an installed package: npm install playwright-core vite'

const PAGE = new URL('./page.js', import.meta.url)

/** What a launcher must not add, and `connectOverCDP` does not: switches against throttling, and an emulated focus that makes every page visible. */
const argsOf = (port: number, folder: string): string[] => [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  `--remote-debugging-port=${port}`,
  `--user-data-dir=${folder}`,
  'about:blank',
]

/** Throws ExitError 3 where playwright-core, Vite or Chromium are not installed, 4 where Chromium does not come up. */
export async function startBrowser(): Promise<BrowserUnderTest> {
  const [{ chromium, command }, script] = await Promise.all([browserParts(), pageScript(PAGE)])
  const folder = await makeFolder('chromium')
  let program: Program | undefined
  const end = async (): Promise<void> => {
    const late = setTimeout(() => void program?.end('SIGKILL'), END_MS)
    await program?.end()
    clearTimeout(late)
    await removeFolder(folder)
  }
  try {
    const [port] = await freePorts(1)
    const args = argsOf(port!, folder)
    program = await startProgram({
      name: 'Chromium',
      command,
      args,
      port: port!,
      // What it keeps beside the profile, of crashes say, goes with the folder too.
      env: { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder },
      packages: 'chromium',
      // By any other signal it leaves a folder of its own among the system's temporary ones.
      endsBy: 'SIGINT',
      startMs: 30_000,
    })
    await spread([program.process.pid!])
    // Its own context as it is: contexts that are made have the overrides again.
    const connecting = chromium
      .connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true })
      .catch(async (error: Error) => {
        // Where it died, its sockets break before its end is told.
        await new Promise(resolve => setTimeout(resolve, NEWS_MS))
        throw error
      })
    const browser = await Promise.race([connecting, program.died])
    const [context] = browser.contexts()
    if (!context) throw serverError('Chromium has no context of its own')
    return {
      version: `Chromium ${browser.version()}`,
      died: program.died,
      openTab: origin => openTab(context, origin, script),
      async openPage(url, size) {
        const page = await context.newPage()
        await page.setViewportSize(size)
        await page.goto(url)
        return page
      },
      async openBlank() {
        await (await context.newPage()).bringToFront()
      },
      async end() {
        await browser.close().catch(() => {})
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** What is not there in an installation without development packages, or without a browser. Throws ExitError 3. */
export async function browserParts() {
  let found: typeof import('./installed-chromium.ts') & typeof import('playwright-core')
  try {
    found = { ...(await import('playwright-core')), ...(await import('./installed-chromium.ts')) }
  } catch {
    throw machineError('the experiment needs the package playwright-core', HOW_TO_INSTALL)
  }
  try {
    return { chromium: found.chromium, command: found.chromiumPath(), launchChromium: found.launchChromium }
  } catch (error) {
    throw machineError((error as Error).message, 'npm run setup, or: apt-get install chromium')
  }
}

const built = new Map<string, Promise<string>>()

/** A page's half, a compiled file, as one script: the same for every cell. Throws ExitError 3 where Vite is not installed. */
export function pageScript(entry: URL): Promise<string> {
  const found = built.get(entry.href) ?? buildScript(fileURLToPath(entry))
  built.set(entry.href, found)
  return found
}

async function buildScript(entry: string): Promise<string> {
  let vite: typeof import('vite')
  try {
    vite = await import('vite')
  } catch {
    throw machineError('the experiment needs the package vite', HOW_TO_INSTALL)
  }
  const outcome = await vite.build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      lib: { entry, formats: ['iife'], name: 'lab' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  })
  const [output] = Array.isArray(outcome) ? outcome : [outcome]
  if (!output || !('output' in output)) throw new Error('vite gave no output')
  return output.output[0].code
}

/** Any document of the origin will do: what is of interest is brought along. Evaluated, a script is not the page's policy's business. */
async function openTab(context: BrowserContext, origin: string, script: string): Promise<Tab> {
  const page = await context.newPage()
  await page.goto(origin + paths.health)
  await page.evaluate(script)
  return {
    call: (name, ...args) =>
      page.evaluate(
        ([name, args]) =>
          (globalThis as unknown as { page: Record<string, (...args: unknown[]) => never> }).page[name]!(...args),
        [name, args] as const,
      ),
  }
}

/** About how long a browser takes to start, with its pages. */
export const BROWSER_START_MS = 1500
