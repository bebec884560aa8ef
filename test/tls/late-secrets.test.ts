import type { ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TlsSender } from '../../src/tls/handshake-facts.ts'
import { KeyLog } from '../../src/tls/key-log.ts'
import { SessionSecrets } from '../../src/tls/session-secrets.ts'
import { TlsConnection } from '../../src/tls/tls-connection.ts'
import { frameAt, read, secretsOf } from './reading.ts'
import { type Crossing, exchange, REQUEST, RESPONSE, type Recorded, RecordingServer } from './recorded-connection.ts'

/** Two requests, each answered: who said what, and when. */
const TALK = [
  ['client', REQUEST],
  ['server', RESPONSE],
  ['client', REQUEST],
  ['server', RESPONSE],
]

/** A connection that is read with a key log that grows. */
class LateReading {
  readonly keyLog = new KeyLog({ grows: true })
  readonly events: [string, string][] = []
  readonly connection: TlsConnection
  #frame = 0

  constructor(secrets?: SessionSecrets) {
    this.connection = new TlsConnection(secrets ?? new SessionSecrets({ keyLog: this.keyLog, privateKeys: [] }), {
      onApplicationData: (sender, content) => this.#said(sender, Buffer.from(content).toString('latin1')),
      onLost: (sender) => this.events.push([sender, 'lost']),
      onEnd: (sender) => this.events.push([sender, 'end']),
      onAnomaly: (reason) => this.events.push(['anomaly', reason]),
    })
  }

  #said(sender: TlsSender, text: string): void {
    const last = this.events.at(-1)
    if (last?.[0] === sender) last[1] += text
    else this.events.push([sender, text])
  }

  push(crossings: readonly Crossing[]): this {
    for (const { sender, bytes } of crossings) this.connection.push(sender, bytes, frameAt(++this.#frame))
    return this
  }

  gap(sender: TlsSender): this {
    this.connection.gap(sender, frameAt(++this.#frame))
    return this
  }

  end(): this {
    for (const sender of ['client', 'server'] as const) this.connection.end(sender, frameAt(++this.#frame))
    return this
  }
}

const only = (version: 'TLSv1.2' | 'TLSv1.3'): ConnectionOptions => ({ minVersion: version, maxVersion: version })
const linesOf = (keyLog: string) => keyLog.split('\n').filter((line) => line !== '')

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a secret of %s that comes after the records', (version) => {
  const server = new RecordingServer()
  let recorded: Recorded & { session?: Buffer }
  let resumed: Recorded

  beforeAll(async () => {
    await server.open()
    const talk = async (...ends: Parameters<typeof exchange>) => {
      await exchange(...ends)
      await exchange(...ends)
    }
    recorded = await server.record({ client: only(version), talk })
    resumed = await server.record({ client: { ...only(version), session: recorded.session }, talk })
  })
  afterAll(() => server.close())

  test('opens them all, in the order in which they came', () => {
    const late = new LateReading().push(recorded.crossings)
    expect(late.events).toEqual([])
    expect(late.connection.opaque).toBe(false)
    late.keyLog.add(recorded.keyLog)
    expect(late.events).toEqual(TALK)
  })

  test('shows of the handshake what it shows where the secret was there before', () => {
    const late = new LateReading().push(recorded.crossings)
    late.keyLog.add(recorded.keyLog)
    const { facts } = read(recorded.crossings, secretsOf(recorded.keyLog))
    expect(late.connection.facts.handshakes).toEqual(facts.handshakes)
    expect(late.connection.facts.spoke).toEqual(facts.spoke)
    expect(late.connection.facts.read).toBe(true)
  })

  test('a line at a time, in any order, and between any two crossings', () => {
    const lines = linesOf(recorded.keyLog)
    for (const order of [lines, lines.toReversed()]) {
      for (let at = 0; at < recorded.crossings.length; at++) {
        const late = new LateReading().push(recorded.crossings.slice(0, at))
        for (const line of order) late.keyLog.add(`${line}\n`)
        late.push(recorded.crossings.slice(at)).end()
        expect(late.events).toEqual([...TALK, ['client', 'end'], ['server', 'end']])
      }
    }
  })

  test('lines that come one by one between the crossings', () => {
    const lines = linesOf(recorded.keyLog)
    const late = new LateReading()
    for (const [n, crossing] of recorded.crossings.entries()) {
      late.push([crossing])
      if (n % 2 === 0) late.keyLog.add(lines.pop() ?? '')
    }
    late.keyLog.add(lines.join('\n'))
    expect(late.events).toEqual(TALK)
  })

  test('behind the end of the connection too; ends come behind what was said', () => {
    const late = new LateReading().push(recorded.crossings).end()
    expect(late.events).toEqual([])
    late.keyLog.add(recorded.keyLog)
    expect(late.events).toEqual([...TALK, ['client', 'end'], ['server', 'end']])
  })

  test('what came before missing octets is read, what came behind them is not', () => {
    const { crossings } = recorded
    const late = new LateReading().push(crossings.slice(0, -1)).gap('server').gap('client').push(crossings.slice(-1))
    expect(late.events).toEqual([])
    late.keyLog.add(recorded.keyLog)
    expect(late.events.slice(0, 3)).toEqual(TALK.slice(0, 3))
    expect(late.events.filter(([, what]) => what.endsWith('lost'))).toHaveLength(2)
  })

  test('a resumed session waits for its own secret, or for that of the first', () => {
    const late = new LateReading()
    late.push(recorded.crossings)
    const secrets = new SessionSecrets({ keyLog: late.keyLog, privateKeys: [] })
    const [first, second] = [new LateReading(secrets), new LateReading(secrets)]
    first.push(recorded.crossings)
    second.push(resumed.crossings)
    late.keyLog.add(version === 'TLSv1.2' ? recorded.keyLog : resumed.keyLog)
    expect(first.events).toEqual(TALK)
    expect(second.events).toEqual(TALK)
  })

  test('secrets of others open nothing, and nothing is lost by them', async () => {
    const other = new RecordingServer()
    await other.open()
    const { keyLog } = await other.record({ client: only(version) })
    other.close()
    const late = new LateReading().push(recorded.crossings)
    late.keyLog.add(keyLog)
    const sealed = read(recorded.crossings, secretsOf(''))
    expect(late.connection.facts.handshakes).toEqual(sealed.facts.handshakes)
    expect(late.connection.facts.spoke).toEqual(sealed.facts.spoke)
    late.keyLog.add(recorded.keyLog)
    expect(late.events).toEqual(TALK)
  })

  test('what waits is bounded, and what is beyond is said once', () => {
    const late = new LateReading().push(recorded.crossings)
    const record = Uint8Array.from([23, 3, 3, 64, 0, ...new Uint8Array(16_384)])
    late.push(Array.from({ length: 100 }, () => ({ sender: 'client', bytes: record })))
    expect(late.events).toEqual([['anomaly', 'tls-records-beyond-those-held']])
    late.end()
    late.keyLog.add(recorded.keyLog)
    expect(late.events.slice(1)).toEqual([
      ['client', 'end'],
      ['server', 'end'],
    ])
  })
})

test('all connections together are bounded: the one that has waited longest gives way', async () => {
  const server = new RecordingServer()
  await server.open()
  const recorded = await server.record({ client: only('TLSv1.2') })
  server.close()
  const keyLog = new KeyLog({ grows: true })
  const secrets = new SessionSecrets({ keyLog, privateKeys: [] })
  const record = Uint8Array.from([23, 3, 3, 64, 0, ...new Uint8Array(16_384)])
  const fill = Array.from({ length: 60 }, () => ({ sender: 'client', bytes: record }) as const)
  const waiting = Array.from({ length: 70 }, () => new LateReading(secrets).push(recorded.crossings).push(fill))
  const gaveWay = waiting.map(({ events }) => events.length > 0)
  expect(gaveWay.indexOf(false)).toBeGreaterThan(0)
  expect(gaveWay.slice(gaveWay.indexOf(false))).not.toContain(true)
  keyLog.add(recorded.keyLog)
  expect(waiting.at(-1)?.events[0]).toEqual(['client', REQUEST])
})

test('without a log that grows nothing waits', async () => {
  const server = new RecordingServer()
  await server.open()
  const recorded = await server.record({ client: only('TLSv1.2') })
  server.close()
  const keyLog = new KeyLog()
  const late = new LateReading(new SessionSecrets({ keyLog, privateKeys: [] })).push(recorded.crossings)
  keyLog.add(recorded.keyLog)
  expect(late.events).toEqual([])
})
