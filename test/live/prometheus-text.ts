/** One series of the text: `name{label="value"} 1`. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly help: string
  readonly type: string
  readonly samples: readonly Sample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']
/** What the samples of a histogram or summary may end in. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/**
 * Reads Prometheus' text format 0.0.4 as strictly as its own linter: HELP and TYPE once for each family and before its
 * samples, families in one piece, no series twice, sound names and values, a last line that ends.
 */
export function parsePrometheusText(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, Family & { samples: Sample[] }>()
  const seen = new Set<string>()
  let help: readonly [string, string] | undefined
  let family: { name: string; type: string; samples: Sample[] } | undefined
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (keyword === 'HELP') {
      if (families.has(name) || rest === '' || !NAME.test(name)) throw new Error(`bad HELP: ${line}`)
      help = [name, rest]
    } else if (keyword === 'TYPE') {
      if (help?.[0] !== name || !TYPES.includes(rest) || families.has(name)) throw new Error(`bad TYPE: ${line}`)
      if (rest === 'counter' && !name.endsWith('_total')) throw new Error(`a counter without _total: ${line}`)
      const made = { help: help[1], type: rest, samples: [] as Sample[] }
      families.set(name, made)
      family = { name, ...made }
    } else {
      const sample = parseSample(line)
      const suffixes = SUFFIXES[family?.type ?? ''] ?? ['']
      if (family === undefined || !suffixes.some((suffix) => sample.name === family?.name + suffix)) {
        throw new Error(`a sample outside its family: ${line}`)
      }
      const identity = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      if (seen.has(identity)) throw new Error(`twice: ${line}`)
      seen.add(identity)
      family.samples.push(sample)
    }
  }
  return families
}

function parseSample(line: string): Sample {
  const [, name, , inside, number] = /^([^\s{]+)(\{(.*)\})? (\S+)$/.exec(line) ?? []
  const value = Number(number?.replace('Inf', 'Infinity'))
  if (name === undefined || !NAME.test(name)) throw new Error(`no sample: ${line}`)
  // As Go's ParseFloat reads it: NaN in any case.
  if (!/^nan$/i.test(number ?? '') && (number === undefined || Number.isNaN(value)))
    throw new Error(`no number: ${line}`)
  const labels: Record<string, string> = {}
  for (let rest = inside ?? ''; rest !== ''; ) {
    const [all = '', label, text = ''] = LABEL.exec(rest) ?? []
    if (label === undefined || label in labels) throw new Error(`bad labels: ${line}`)
    labels[label] = text.replace(/\\([\\"n])/g, (_, c: string) => (c === 'n' ? '\n' : c))
    rest = rest.slice(all.length)
  }
  return { name, labels, value }
}
