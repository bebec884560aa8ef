import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'
import { tsImport } from 'tsx/esm/api'
import { formatAesTables } from '../workers/kernel/generate-aes.mjs'
import { formatGhashMultiply } from '../workers/kernel/generate-ghash.mjs'
import { formatHashBlocks } from '../workers/kernel/generate-sha1.mjs'

/**
 * Compiles workers/kernel to kernel.wasm and hash-nine.wasm beside its sources, where they find them that run from
 * them, and to the same place in `dist`. What the kernel shares with the product's own sources is written down for it first.
 */
const { formatKernelLayout } = await tsImport('./kernel-layout.ts', import.meta.url)

const FOLDER = 'workers/kernel'
mkdirSync(`${FOLDER}/generated`, { recursive: true })
writeFileSync(`${FOLDER}/generated/layout.ts`, formatKernelLayout())
writeFileSync(`${FOLDER}/generated/aes-tables.ts`, formatAesTables())
writeFileSync(`${FOLDER}/generated/ghash-multiply.ts`, formatGhashMultiply())
writeFileSync(`${FOLDER}/generated/hash-five.ts`, formatHashBlocks('hashFive', 1))
writeFileSync(`${FOLDER}/generated/hash-nine.ts`, formatHashBlocks('hashNine', 2))

await compile('index', 'kernel', '--exportTable')
await compile('generated/hash-nine', 'hash-nine')

async function compile(entry, name, ...options) {
  const { error, stderr } = await asc.main([
    `${FOLDER}/${entry}.ts`,
    ...['--outFile', `${FOLDER}/${name}.wasm`, ...options],
    ...['--transform', './scripts/inline-kernel.mjs'],
    ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--debug'],
    ...['--enable', 'simd', '--enable', 'threads', '--enable', 'bulk-memory'],
    ...['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '65536', '--zeroFilledMemory'],
  ])
  if (error !== null) {
    console.error(stderr.toString())
    throw error
  }
  mkdirSync(`dist/${FOLDER}`, { recursive: true })
  copyFileSync(`${FOLDER}/${name}.wasm`, `dist/${FOLDER}/${name}.wasm`)
}
