import { readFileSync } from 'node:fs'
import { validateXML } from 'xmllint-wasm'

const schema = readFileSync(new URL('./junit.xsd', import.meta.url), 'utf8')

/** What is wrong with a document by the schema of JUnit's XML: nothing where it is valid. */
export async function junitErrors(xml: string): Promise<string[]> {
  const { errors } = await validateXML({
    xml: [{ fileName: 'report.xml', contents: xml }],
    schema: [schema],
    maxMemoryPages: 4096,
  })
  return errors.map(({ message }) => message)
}
