import { chmodSync } from 'node:fs'

// The compiler writes plain files, and npx runs the command as it lies here once it has linked the package.
chmodSync(new URL('../dist/src/cli/main.js', import.meta.url), 0o755)
