import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { CAPTURE_TOOLS, type CaptureTool } from '../../../src/capture/live/capture-tools.ts'
import { openInterface } from '../../../src/capture/live/open-interface.ts'

const FAKE = fileURLToPath(new URL('fake-tool.mjs', import.meta.url))
const CALL = fileURLToPath(new URL('../../../samples/call.pcap', import.meta.url))
const TCPDUMP = CAPTURE_TOOLS.find(({ name }) => name === 'tcpdump') as CaptureTool

/** tcpdump, but for what is started. Node keeps SIGUSR1 for its debugger until a script listens, so it is asked by another. */
function fake(mode: string, capture = ''): CaptureTool {
  return {
    ...TCPDUMP,
    lagMs: 0,
    countsOn: 'SIGUSR2',
    command: ({ filter }) => [process.execPath, FAKE, mode, capture, filter],
  }
}
const MISSING: CaptureTool = { ...TCPDUMP, install: 'nothing', command: () => ['/nonexistent/tool'] }
const ETHERNET = { name: 'eth9', addresses: [], up: true, loopback: false }
const open = (tools: readonly CaptureTool[], filter?: string, loopback = false) =>
  openInterface({
    interface: 'eth9',
    ...(filter !== undefined && { filter }),
    tools,
    interfaces: [{ ...ETHERNET, loopback }],
  })

async function contents(octets: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of octets) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('an interface through a child', () => {
  test('gives the octets that the child writes, and its counts once it has ended', async () => {
    const source = await open([fake('sound', CALL)])
    const capture = readFileSync(CALL)
    let length = 0
    source.octets.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length === capture.length) void source.stop()
    })
    const octets = contents(source.octets)
    expect((await octets).equals(capture)).toBe(true)
    expect(source.counts()).toEqual({ received: 40, dropped: 5 })
    expect(source.trouble()).toBeUndefined()
  })

  test('asks for the counts while it goes on', async () => {
    const source = await open([fake('sound')])
    source.octets.resume()
    await expect.poll(() => source.counts(), { timeout: 20_000 }).toEqual({ received: 20, dropped: 5 })
    await source.stop()
    await once(source.octets, 'end')
  })

  test('counts each packet of a loopback interface once, where the kernel counts its way out and its way in', async () => {
    const source = await open([fake('sound')], undefined, true)
    source.octets.resume()
    await source.stop()
    await once(source.octets, 'end')
    expect(source.counts()).toEqual({ received: 20, dropped: 3 })
  })

  test.each([
    ['goes-away', 'tcpdump: pcap_loop: The interface disappeared'],
    ['killed', 'tcpdump: it was ended by SIGKILL'],
    ['asserts', 'tcpdump: the interface went down'],
  ])('ends with what the child says when it ends by itself: %s', async (mode, words) => {
    const source = await open([fake(mode, CALL)])
    expect((await contents(source.octets)).length).toBe(readFileSync(CALL).length)
    expect(source.trouble()).toBe(`eth9: the capture ended by itself (${words})`)
  })

  test('leaves VLAN tags out of the default filter where the link layer has none', async () => {
    const source = await open([fake('no-vlan')])
    source.octets.resume()
    await source.stop()
    await once(source.octets, 'end')
  })

  test('takes the next tool where one is missing or may not capture', async () => {
    const source = await open([MISSING, fake('no-permission'), fake('sound')])
    source.octets.resume()
    await source.stop()
    await once(source.octets, 'end')
  })
})

describe('an interface that cannot be opened: one line that says what to do', () => {
  const message = (tools: readonly CaptureTool[], filter?: string) =>
    open(tools, filter).then(
      () => 'opened',
      (error: Error & { code: string }) => `${error.code} ${error.message}`,
    )

  test('no tool', async () => {
    expect(await message([MISSING])).toBe(
      'SRTP_SCAN_LIVE_TOOL_MISSING eth9: nothing to capture with is installed; install nothing',
    )
  })

  test('no permission', async () => {
    expect(await message([fake('no-permission'), MISSING])).toMatch(
      /^SRTP_SCAN_LIVE_PERMISSION eth9: no permission to capture: sudo setcap cap_net_raw,cap_net_admin\+eip .*tcpdump$/,
    )
  })

  test('no such interface: those there are', async () => {
    expect(await message([fake('no-interface'), fake('sound')])).toBe(
      'SRTP_SCAN_LIVE_INTERFACE eth9: no such interface; there are eth9',
    )
  })

  test('a bad filter', async () => {
    expect(await message([fake('bad-filter')], 'foo bar')).toMatch(
      /^SRTP_SCAN_LIVE_FILTER eth9: --filter foo bar: can't parse filter expression: syntax error; .*wanted/,
    )
    expect(await message([fake('no-vlan')], 'vlan 7')).toMatch(/^SRTP_SCAN_LIVE_FILTER eth9: --filter vlan 7: no VLAN/)
  })

  test('anything else in the words of the tool', async () => {
    expect(await message([fake('down')])).toBe(
      'SRTP_SCAN_LIVE_UNREADABLE eth9: cannot be captured from (tcpdump: eth9: That device is not up)',
    )
  })
})

describe('what a tool says of its packets', () => {
  const counts = (name: string, line: string, loopback = false) =>
    CAPTURE_TOOLS.find((tool) => tool.name === name)?.counts(line, loopback)

  test.each([
    ['tcpdump', 'tcpdump: 6 packets captured, 12 packets received by filter, 1 packet dropped by kernel', [12, 1]],
    ['tcpdump', '12 packets received by filter', [12]],
    ['dumpcap', "Packets received/dropped on interface 'a: b': 3105/33790 (pcap:33790/dumpcap:0)", [36895, 33790]],
    ['cap', '4 packets without room', [undefined, 4]],
  ])('%s: %s', (name, line, [received, dropped]) => {
    expect(counts(name, line)).toEqual({
      ...(received !== undefined && { received }),
      ...(dropped !== undefined && { dropped }),
    })
  })

  test('dumpcap on loopback: what it lost is doubled, what it wrote is not', () => {
    const line = "Packets received/dropped on interface 'Loopback: lo': 3105/33790 (pcap:33790/dumpcap:0)"
    expect(counts('dumpcap', line, true)).toEqual({ received: 20000, dropped: 16895 })
  })
})
