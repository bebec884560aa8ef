import { isIPv6 } from 'node:net'
import { formatEndpoint } from '../bytes/endpoint.ts'
import { UsageError } from '../scan/usage-error.ts'

/** Where a listener of ours is to be found. */
export interface ListenAddress {
  /** An address or a name, without brackets. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

/** Who does not say otherwise is heard from the same machine only. */
const LOOPBACK = '127.0.0.1'

/**
 * Reads `:9090`, `9090`, `192.0.2.1:9090`, `example.com:9090` or `[::1]:9090`.
 *
 * @param option what the user gave it to, for the error: `--metrics`
 * @param example a port for the error
 * @throws UsageError where it is none of these
 */
export function parseListenAddress(option: string, text: string, example: number): ListenAddress {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\][]*)\]|([^\][:\s/]*)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  const isBracketSound = bracketed === undefined || isIPv6(bracketed)
  if (digits === undefined || port > 65_535 || !isBracketSound) {
    throw new UsageError(
      `${option} ${text}: no address to listen on; :${example} (this machine only), 192.0.2.1:${example} or [::1]:${example} is meant`,
    )
  }
  return { host: bracketed ?? (plain || LOOPBACK), port }
}

/** `127.0.0.1:9090`, `[::1]:9090`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return formatEndpoint({ address: host, port })
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another, or end who has it',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'no permission for this port; choose one above 1023',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
}

/** Why nothing could be opened there, in one line. */
export function cannotListen(option: string, at: ListenAddress, cause: unknown): UsageError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  return new UsageError(`${option} ${formatListenAddress(at)}: ${REASONS[code] ?? message}`, cause)
}
