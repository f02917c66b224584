// For tests and recordings: the system's Chromium, with the flags it needs on machines without a display, a GPU or a network.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Path of the browser: CHROMIUM, or the first of the usual names on the PATH. Throws a sentence where there is none. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env.CHROMIUM) return env.CHROMIUM
  for (const name of names)
    for (const folder of (env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {}
    }
  throw new Error('no Chromium on the PATH: run "npm run setup", or set CHROMIUM to its path')
}

/** Off besides what Playwright turns off, whose list this switch replaces. Chromium's own pages behind its address bar cost as much as a test does
 * (half a core while they stand there), and a spare renderer is started for each page and used for none. */
const disabledFeatures = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'SpareRendererForSitePerProcess',
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
]

/** Launches it headless with a fresh profile; `close()` is the caller's. `keepsPages`: one that was left stays in memory for the way back.
 * `trustsAll`: any certificate is as good as one that is known, and asked for no second time. */
export const launchChromium = ({ keepsPages = false, trustsAll = false } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath(),
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...(trustsAll ? ['--ignore-certificate-errors'] : []),
      `--disable-features=${disabledFeatures.join(',')}`,
    ],
  })
