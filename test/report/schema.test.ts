import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import type { Call, Report } from '../../src/model/report.ts'
import { formatJson } from '../../src/report/json.ts'
import { formatNdjson } from '../../src/report/ndjson.ts'
import { ordinaryReport, WHOLE_REPORT } from './sample-report.ts'

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
  readonly items?: Schema
  readonly $defs?: Readonly<Record<string, Schema>>
}

const schema = JSON.parse(readFileSync(new URL('../../schemas/report.schema.json', import.meta.url), 'utf8')) as Schema
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(schema)

function resolved(part: Schema): Schema {
  const name = part.$ref?.replace('#/$defs/', '')
  return name === undefined ? part : (schema.$defs?.[name] as Schema)
}

/** Paths of properties that the schema names and the value does not have. */
function missing(part: Schema, value: unknown, path: string): string[] {
  const { properties = {}, items } = resolved(part)
  if (Array.isArray(value)) return items === undefined ? [] : missing(items, value[0], `${path}[0]`)
  return Object.entries(properties).flatMap(([name, inner]) => {
    const field = (value as Record<string, unknown> | undefined)?.[name]
    return field === undefined ? [`${path}.${name}`] : missing(inner, field, `${path}.${name}`)
  })
}

/** Every object of a value but evidence, with its path. */
function objectsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null || path.at(-1) === 'evidence') return []
  const inner = Object.entries(value).flatMap(([name, field]) => objectsOf(field, [...path, name]))
  return Array.isArray(value) ? inner : [path, ...inner]
}

/** A report without what is collected for showing: that is for formats that people look at. */
function facts(report: Report): Report {
  const streams = report.streams.map(({ timeline: _, ...stream }) => stream)
  return { ...report, calls: report.calls.map(callFacts), streams }
}

function callFacts({ ladder: _, ...call }: Call): Call {
  return { ...call, sessions: call.sessions.map(({ offerLines: __, answerLines: ___, ...session }) => session) }
}

/** A report with more calls than are written at a time. */
const LONG = ordinaryReport({
  calls: Array.from({ length: 600 }, () => WHOLE_REPORT.calls)
    .flat()
    .slice(0, 600),
})

describe('the schema of the report', () => {
  test('holds a report in which every field occurs', () => {
    validate(JSON.parse([...formatJson(WHOLE_REPORT)].join('')))
    expect(validate.errors).toBeNull()
  })

  test('holds a report without what may be absent', () => {
    validate(JSON.parse([...formatJson(ordinaryReport({ calls: [], streams: [], findings: [] }))].join('')))
    expect(validate.errors).toBeNull()
  })

  test('names no field that the report does not have', () => {
    expect(missing(schema, WHOLE_REPORT, '')).toEqual([])
  })

  test.each(objectsOf(WHOLE_REPORT).map((path) => ({ path })))(
    'refuses a field of another name in $path',
    ({ path }) => {
      const copy = structuredClone(WHOLE_REPORT) as unknown as Record<string | number, never>
      const object = path.reduce((at, name) => at[name], copy)
      Object.assign(object, { unheardOf: 1 })
      expect(validate(copy)).toBe(false)
    },
  )

  test.each([
    ['an SSRC in decimal', { ssrc: '305441741' }],
    ['an absent fact as null', { codec: null }],
    ['a frame 0', { firstFrame: 0 }],
    ['a time of a local clock', { firstTime: '2026-01-15 09:30:01' }],
    ['a negative count', { failed: -1 }],
  ])('refuses %s', (_, change) => {
    const [stream] = WHOLE_REPORT.streams
    expect(validate({ ...WHOLE_REPORT, streams: [{ ...stream, ...change }] })).toBe(false)
  })
})

describe('the machine formats', () => {
  test.each([
    ['small', WHOLE_REPORT],
    ['without calls', ordinaryReport({ calls: [], streams: [], findings: [] })],
    ['of more calls than become text at a time', LONG],
  ])('JSON is the report itself without its details, indented by 2, with a newline at its end: %s', (_, report) => {
    expect([...formatJson(report)].join('')).toBe(`${JSON.stringify(facts(report), null, 2)}\n`)
  })

  test('NDJSON has every object of the report once, a line each, with its type', () => {
    const lines = [...formatNdjson(WHOLE_REPORT)].join('').trimEnd().split('\n')
    const objects = lines.map((line) => JSON.parse(line) as { type: string })
    const byType = Object.fromEntries(
      objects.map(({ type }) => [type, objects.filter((object) => object.type === type)]),
    )
    const typed = (type: string, of: readonly object[]) => of.map((object) => ({ type, ...object }))
    expect(byType).toEqual({
      call: typed('call', facts(WHOLE_REPORT).calls),
      joined: typed('joined', WHOLE_REPORT.joined),
      stream: typed('stream', facts(WHOLE_REPORT).streams),
      tls: typed('tls', WHOLE_REPORT.tls),
      icmp: typed('icmp', WHOLE_REPORT.icmpErrors),
      finding: typed('finding', WHOLE_REPORT.findings),
      anomaly: typed('anomaly', WHOLE_REPORT.anomalies),
      capture: typed('capture', WHOLE_REPORT.captures),
      policy: typed('policy', [{ policies: WHOLE_REPORT.policies, policyNotShown: WHOLE_REPORT.policyNotShown }]),
      totals: typed('totals', [{ ...WHOLE_REPORT.totals, anonymized: true, keptTo: WHOLE_REPORT.keptTo }]),
    })
  })
})
