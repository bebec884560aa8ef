import { serveJobs } from '../batch/serve-jobs.ts'
import { BatchFolder } from './batch-folder.ts'

/** The entry of a process that does the jobs of a batch, one after the other. */
serveJobs((root) => new BatchFolder(root))
