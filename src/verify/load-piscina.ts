import { createRequire } from 'node:module'

/**
 * piscina, which is loaded with the first threads: most captures need none. In one go, for a module would come some turns later.
 * In the command's script it is written in (scripts/bundle.mjs): its files take longer to be found than to run.
 */
export function loadPiscina(): typeof import('piscina') {
  return createRequire(import.meta.url)('piscina')
}
