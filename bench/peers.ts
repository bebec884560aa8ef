import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from './measure.ts'

/** Programs that are compared, by the name under which the table shows them. */
export const PEER_NAMES = [
  'tshark rtp,streams',
  'tshark sip,stat',
  'tcpdump -w /dev/null',
  'sngrep -N',
  'libsrtp in C',
  'libsrtp on OpenSSL',
  'npm pcap-parser',
] as const
export type PeerName = (typeof PEER_NAMES)[number]

/** One of ours: threads that verify. */
export type OwnName = `srtp-scan --workers ${number}`
export type ContenderName = PeerName | OwnName

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** How a peer is run over a capture; undefined where it is not installed, or cannot read this one. */
export class Peers {
  readonly #folder: string
  readonly #found = new Map<PeerName, boolean>()
  readonly #opensslLibsrtp: string | undefined

  /**
   * @param folder where what has to be compiled may lie
   * @param opensslLibsrtp where a libsrtp is installed that was configured with --enable-openssl
   */
  constructor(folder: string, opensslLibsrtp?: string) {
    this.#folder = folder
    this.#opensslLibsrtp = opensslLibsrtp
  }

  command(name: PeerName, capture: string): Command | undefined {
    if (!this.#isThere(name)) return undefined
    switch (name) {
      case 'tshark rtp,streams':
        return { command: 'tshark', args: ['-q', '-z', 'rtp,streams', '-r', capture] }
      case 'tshark sip,stat':
        return { command: 'tshark', args: ['-q', '-z', 'sip,stat', '-r', capture] }
      case 'tcpdump -w /dev/null':
        return { command: 'tcpdump', args: ['-w', '/dev/null', '-r', capture] }
      case 'sngrep -N':
        return { command: 'sngrep', args: ['-N', '-q', '-I', capture, '-O', '/dev/null'] }
      case 'libsrtp in C':
      case 'libsrtp on OpenSSL':
        return { command: this.#loop(name), args: [capture, `${capture}.keys`] }
      case 'npm pcap-parser':
        return { command: process.execPath, args: [here('peers/pcap-parser.mjs'), capture] }
    }
  }

  #isThere(name: PeerName): boolean {
    const known = this.#found.get(name)
    if (known !== undefined) return known
    const there = this.#find(name)
    if (!there) process.stderr.write(`${name}: not installed\n`)
    this.#found.set(name, there)
    return there
  }

  #find(name: PeerName): boolean {
    if (name === 'npm pcap-parser') return true
    if (name === 'libsrtp in C') return this.#compileLoop(name, ['-lsrtp2'])
    if (name === 'libsrtp on OpenSSL') return this.#compileOpensslLoop(name)
    const [command] = name.split(' ')
    return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined
  }

  #compileOpensslLoop(name: PeerName): boolean {
    const prefix = this.#opensslLibsrtp
    if (prefix === undefined) return false
    return this.#compileLoop(name, [`-I${prefix}/include`, `${prefix}/lib/libsrtp2.a`, '-lcrypto'])
  }

  #compileLoop(name: PeerName, linked: readonly string[]): boolean {
    const args = ['-O2', '-o', this.#loop(name), here('peers/srtp-loop.c'), ...linked, '-lpcap']
    return spawnSync('cc', args, { stdio: 'ignore' }).status === 0
  }

  #loop(name: PeerName): string {
    return join(this.#folder, name.replaceAll(' ', '-'))
  }
}

/** The built product with its whole JSON report, on each number of threads that is compared. */
export function ownCommands(capture: string, output: string): Map<OwnName, Command> {
  const threads = [...new Set([1, availableParallelism()])]
  return new Map(
    threads.map((workers): [OwnName, Command] => [
      `srtp-scan --workers ${workers}`,
      {
        command: process.execPath,
        args: [
          ...[here('../dist/src/cli/start.cjs'), capture, '--workers', `${workers}`],
          ...['--format', 'json', '--output', output, '--fail-on', 'never'],
        ],
      },
    ]),
  )
}
