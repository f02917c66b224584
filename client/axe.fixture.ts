// For tests: what axe finds wrong with a page.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** Rule and element of each violation; within `selectors` where some are given. A page of ours holds no others: axe then needs no empty page beside
 * it, in which it would put together what it found in each. */
export async function violationsOf(page: Page, ...selectors: string[]): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] })
  for (const selector of selectors) axe.include(selector)
  const { violations } = await axe.analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
