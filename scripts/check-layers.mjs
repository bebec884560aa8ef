import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * The layer check, for the folder it is started in. An argument lowers the least number of modules (for tests).
 *
 * dependency-cruiser passes when it cannot parse TypeScript, since it then sees no module. So what it saw is compared
 * with the files that are there.
 */
const leastModules = Number(process.argv[2] ?? 20)
const require = createRequire(import.meta.url)
const { forbidden, options } = require('../.dependency-cruiser.cjs')

// dependency-cruiser has no way to say that a file may hold JSX, so its parser is told before it takes it up.
const swc = require('@swc/core')
const { parseFileSync } = swc
swc.parseFileSync = (path, settings) => parseFileSync(path, { ...settings, tsx: path.endsWith('.tsx') })
const { cruise } = await import('dependency-cruiser')

const roots = ['src', 'workers'].filter((root) => existsSync(root))

const { output } = await cruise(roots, { ...options, validate: true, ruleSet: { forbidden } })
const seen = new Set(output.modules.map((module) => module.source))
const files = roots.flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /[.]tsx?$/.test(name))
    .map((name) => join(root, name).replaceAll('\\', '/')),
)

const complaints = [
  ...files.filter((file) => !seen.has(file)).map((file) => `${file}: not seen by dependency-cruiser`),
  ...output.summary.violations.map(({ rule, from, to, cycle, via }) => {
    const path = (cycle ?? via ?? []).map((step) => step.name)
    return `${rule.name}: ${from} → ${path.length > 0 ? path.join(' → ') : to}`
  }),
]
if (files.length < leastModules)
  complaints.push(`only ${files.length} modules found, at least ${leastModules} expected`)
if (files.length > 1 && output.summary.totalDependenciesCruised === 0) complaints.push('no import was seen')

for (const complaint of complaints) console.error(complaint)
console.log(
  `${files.length} modules, ${output.summary.totalDependenciesCruised} imports, ${complaints.length} complaints`,
)
process.exitCode = complaints.length > 0 ? 1 : 0
