// The resolver of swap.fixture: what stands in for a module still gets the original.
import type { ResolveHook } from 'node:module'

const swaps = Object.entries(JSON.parse(process.env.LAB_SWAP ?? '{}') as Record<string, string>)

export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context)
  const swap = swaps.find(([end, to]) => found.url.endsWith(end) && context.parentURL !== to)
  return swap ? { ...found, url: swap[1] } : found
}
