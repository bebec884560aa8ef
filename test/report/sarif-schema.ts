import { createRequire } from 'node:module'
import { Ajv } from 'ajv'

const require = createRequire(import.meta.url)

/** The schema of SARIF 2.1.0; what of draft 4 it is written in means the same in the draft that Ajv knows. */
const { $schema: _, id: __, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json')

/** Holds a log against it; what is wrong stands in `errors`. */
export const validateSarif = new Ajv({
  allErrors: true,
  strict: false,
  // Its patterns are of the older kind.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})*$/i.test(text),
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  },
}).compile(schema)
