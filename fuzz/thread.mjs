import { register } from 'tsx/esm/api'

// A thread does not inherit what the main thread registered to read TypeScript.
register()
await import('./fuzz-thread.ts')
