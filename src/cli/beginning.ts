import { startLikelyThreads } from './early-threads.ts'
import { ExitStatus } from './exit-status.ts'
import { tell } from './notices.ts'
import { endQuietlyOnClosedPipe } from './output.ts'

/*
 * What is done before the rest of the command is loaded. Whoever listens to its own output comes first: each thread's is led
 * into it.
 */

endQuietlyOnClosedPipe()
// Node would end with 1, which says that there are findings.
process.on('uncaughtException', (error) => {
  tell(error)
  process.exit(ExitStatus.Unusable)
})
startLikelyThreads(process.argv.slice(2))
