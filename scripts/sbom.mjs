import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Writes the bill of materials of a built product (CycloneDX, JSON) to the file that is named, or to standard output: what npm
 * installs with it, and what was written into its bundles, which npm takes for development dependencies.
 */
const LICENCES = 'dist/third-party-licences.txt'
/** Packages that say their licence in a form that npm does not know. */
const SAID_OTHERWISE = { cap: 'MIT' }

const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
// On Windows npm is a command file.
const text = execFileSync('npm', args, { encoding: 'utf8', maxBuffer: 2 ** 26, shell: process.platform === 'win32' })
const whole = JSON.parse(text)
const bundled = new Set(readFileSync(LICENCES, 'utf8').split('\n'))

const components = whole.components.filter(isShipped).map(shown)
const { component } = whole.metadata
const refs = new Set([component, ...components].map((one) => one['bom-ref']))
const dependencies = whole.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }))
// npm takes the name of the folder.
const { name } = JSON.parse(readFileSync('package.json', 'utf8'))
const metadata = { ...whole.metadata, component: { ...component, name } }

const bill = `${JSON.stringify({ ...whole, metadata, components, dependencies }, null, 2)}\n`
const [file] = process.argv.slice(2)
if (file === undefined) process.stdout.write(bill)
else writeFileSync(file, bill)

function isShipped(one) {
  return !isForDevelopment(one) || isBundled(one)
}

function isBundled(one) {
  return bundled.has(`${one.name} ${one.version}`)
}

function isForDevelopment({ properties }) {
  return properties.some((property) => property.name === 'cdx:npm:package:development')
}

function shown(one) {
  const licence = SAID_OTHERWISE[one.name]
  const licences = one.licenses ?? (licence === undefined ? [] : [{ license: { id: licence } }])
  if (licences.length === 0) throw new Error(`${one.name}: has no licence that npm knows`)
  return { ...one, licenses: licences, ...(isBundled(one) && { scope: 'required', properties: [] }) }
}
