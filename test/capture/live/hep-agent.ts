import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { HepSource } from '../../../src/capture/live/hep-source.ts'

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(1)
}

export const portOf = ({ name }: HepSource) => Number(name.slice(name.lastIndexOf(':') + 1))

/** Sends by UDP, no faster than the other side hears. */
export async function sendDatagrams(source: HepSource, packets: readonly Uint8Array[]): Promise<void> {
  const socket = createSocket(source.name.includes('[') ? 'udp6' : 'udp4')
  const host = source.name.includes('[') ? '::1' : '127.0.0.1'
  const before = source.counts().received
  for (const [n, packet] of packets.entries()) {
    await new Promise((resolve) => socket.send(packet, portOf(source), host, resolve))
    if (n % 16 === 15) await until(() => source.counts().received >= before + n)
  }
  await until(() => source.counts().received === before + packets.length)
  socket.close()
}

/** Sends by one TCP connection, in pieces that are no packets. */
export async function sendStream(source: HepSource, octets: Uint8Array, host = '127.0.0.1'): Promise<void> {
  const socket = connect(portOf(source), host)
  await once(socket, 'connect')
  // A listener that wants no more of it may reset the connection.
  const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve))
  for (let at = 0; at < octets.length; at += 1000) socket.write(octets.subarray(at, at + 1000))
  socket.end()
  socket.resume()
  await closed
}
