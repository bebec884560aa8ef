import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'
import { tsImport } from 'tsx/esm/api'
import { formatAesTables } from '../workers/kernel/generate-aes.mjs'
import { formatGhashMultiply } from '../workers/kernel/generate-ghash.mjs'
import { formatSha1Blocks } from '../workers/kernel/generate-sha1.mjs'

/**
 * Compiles workers/kernel to kernel.wasm beside its sources, where they find it that run from them, and to the same
 * place in `dist`. What the kernel shares with the product's own sources is written down for it first.
 */
const { formatKernelLayout } = await tsImport('./kernel-layout.ts', import.meta.url)

const FOLDER = 'workers/kernel'
mkdirSync(`${FOLDER}/generated`, { recursive: true })
writeFileSync(`${FOLDER}/generated/layout.ts`, formatKernelLayout())
writeFileSync(`${FOLDER}/generated/aes-tables.ts`, formatAesTables())
writeFileSync(`${FOLDER}/generated/ghash-multiply.ts`, formatGhashMultiply())
writeFileSync(`${FOLDER}/generated/sha1-blocks.ts`, formatSha1Blocks())

const { error, stderr } = await asc.main([
  `${FOLDER}/index.ts`,
  ...['--outFile', `${FOLDER}/kernel.wasm`],
  ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--debug'],
  ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536', '--zeroFilledMemory'],
])
if (error !== null) {
  console.error(stderr.toString())
  throw error
}
mkdirSync(`dist/${FOLDER}`, { recursive: true })
copyFileSync(`${FOLDER}/kernel.wasm`, `dist/${FOLDER}/kernel.wasm`)
