import type { Hosts } from './hosts.ts'
import type { Names } from './names.ts'
import type { Parties } from './parties.ts'
import type { Texts } from './texts.ts'

/** What replaces the value of a line. */
type Line = (value: string) => string

/** Lines and attributes that say how, and not who; what looks like an address in them is replaced all the same. */
const PLAIN: ReadonlySet<string> = new Set(
  (
    'v m b rtpmap fmtp ptime maxptime crypto setup mid group rtcp-fb rtcp-mux rtcp-rsize rtcp-xr sendrecv sendonly ' +
    'recvonly inactive curr des conf ice-options ice-lite end-of-candidates tool charset framerate quality silenceSupp ' +
    'rid simulcast imageattr bundle-only msid-semantic extmap-allow-mixed T38FaxVersion T38MaxBitRate T38FaxUdpEC'
  ).split(' '),
)

/** What values of attributes that say how are written in. */
const WRITTEN = /^[\w\s.,:;=+\-/*@?|[\](){}~!#$%^…]{0,500}$/

/** Lines of session descriptions (RFC 8866), as `o=- 1 1 IN IP4 192.0.2.1`. */
export class SdpLines {
  readonly #texts: Texts
  readonly #names: Names
  readonly #lines: Readonly<Record<string, Line>>

  constructor(texts: Texts, names: Names, hosts: Hosts, parties: Parties) {
    this.#texts = texts
    this.#names = names
    const isNobodys = (value: string): boolean => ['', '-'].includes(value.trim())
    const named: Line = (value) => (isNobodys(value) ? value : names.label(value))
    /** `IN IP4 192.0.2.1/127`: the TTL of a group stays. */
    const connection: Line = (value) =>
      value.replace(/(IN\s+IP[46]\s+)([^\s/]+)/gi, (_, before: string, host: string) => before + hosts.replaced(host))
    const timed: Line = (value) => (/^[\d\s.dhms-]*$/.test(value) ? value : texts.replaced(value))
    this.#lines = {
      // RFC 8866 §5.2: a session's id and version are numbers, times mostly.
      o: (value) => {
        const [, user, rest] = /^(\S*)(.*)$/s.exec(value) as RegExpExecArray
        return (isNobodys(user) ? user : parties.user(user)) + connection(rest)
      },
      s: named,
      i: named,
      u: (value) => parties.place(value.trim()),
      e: (value) => this.#contact(value, parties),
      p: (value) => this.#contact(value, parties),
      c: connection,
      k: named,
      // RFC 8866 §5.9: seconds since 1900.
      t: timed,
      r: timed,
      z: timed,
      extmap: (value) => value,
      rtcp: connection,
      // RFC 8839 §5.1: the foundation may be made of the address.
      candidate: (value) => this.#candidate(value, hosts),
      'remote-candidates': (value) => texts.replaced(value),
      'ice-ufrag': names.token,
      'ice-pwd': names.token,
      fingerprint: (value) => value.replace(/[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+/g, names.digest),
      // RFC 5576 §4.1: the number stays, as it does in packets.
      ssrc: (value) =>
        value.replace(/^(\S+\s+(?:cname|msid|mslabel|label):)(.*)$/s, (_, before, who) => before + named(who)),
      'ssrc-group': (value) => value,
      msid: named,
    }
  }

  replaced(line: string): string {
    const attribute = /^a=([^:\s]+)(:?)(.*)$/s.exec(line)
    if (attribute !== null) return `a=${this.#attribute(attribute[1], attribute[2], attribute[3])}`
    const [, type, value] = /^([a-z])=(.*)$/s.exec(line) ?? []
    return type === undefined ? this.#texts.replaced(line) : `${type}=${this.#value(type, value)}`
  }

  #attribute(name: string, colon: string, value: string): string {
    const known = PLAIN.has(name) || Object.hasOwn(this.#lines, name)
    return (known ? name : this.#texts.replaced(name)) + colon + this.#value(name, value)
  }

  #value(name: string, value: string): string {
    if (Object.hasOwn(this.#lines, name)) return this.#lines[name](value)
    const replaced = this.#texts.replaced(value)
    if (!WRITTEN.test(value)) return this.#names.label(value)
    // What an attribute of somebody's own says nobody can know.
    return PLAIN.has(name) || value === '' ? replaced : this.#names.label(value)
  }

  /** `alice@example.com (Alice)`, `Alice <+49 30 1234>`: RFC 8866 §5.6. */
  #contact(value: string, parties: Parties): string {
    const commented = /^(.*?)\s*\(([^)]*)\)\s*$/s.exec(value)
    if (commented !== null) return `${parties.replaced(commented[1])} (${parties.name(commented[2])})`
    return parties.replaced(value.trim())
  }

  #candidate(value: string, hosts: Hosts): string {
    const fields = value.split(' ')
    return fields
      .map((field, n) => {
        if (n === 0) return this.#names.token(field)
        if (n === 4 || fields[n - 1] === 'raddr') return hosts.replaced(field)
        if (fields[n - 1] === 'ufrag') return this.#names.token(field)
        // Component, priority, ports, cost.
        if (/^\d{1,10}$/.test(field)) return field
        return this.#texts.replaced(field)
      })
      .join(' ')
  }
}
