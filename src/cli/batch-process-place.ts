import { extname } from 'node:path'

/** The module of the processes that do jobs: beside this one, before and after the build. */
export const BATCH_PROCESS = new URL(`../cli/batch-process${extname(import.meta.url)}`, import.meta.url)
