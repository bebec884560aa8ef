import { readFileSync } from 'node:fs'

/**
 * Behaves as tcpdump does: says what it listens on, writes a pcap stream, tells its counts when asked and when it is
 * told to end. Arguments: what it is to do, and a capture that it writes.
 */
const [, , mode, capture] = process.argv
const say = (text) => process.stderr.write(`${text}\n`)
const failures = {
  'no-permission': "tcpdump: eth9: You don't have permission to perform this capture on that device",
  'no-interface': 'tcpdump: eth9: No such device exists',
  'bad-filter': "tcpdump: can't parse filter expression: syntax error",
  down: 'tcpdump: eth9: That device is not up',
}
if (mode in failures) {
  say(failures[mode])
  process.exit(1)
}
if (mode === 'no-vlan' && process.argv.at(-1).includes('vlan')) {
  say('tcpdump: no VLAN support for Linux cooked v2')
  process.exit(1)
}
const counts = ['7 packets captured', '20 packets received by filter', '5 packets dropped by kernel']
process.on('SIGUSR1', () => say(`tcpdump: ${counts.join(', ')}`))
process.on('SIGUSR2', () => say(`tcpdump: ${counts.join(', ')}`))
process.on('SIGINT', () => {
  say(counts.join('\n').replace('20', '40'))
  process.exit(0)
})
say('tcpdump: listening on eth9, link-type EN10MB (Ethernet), snapshot length 262144 bytes')
if (capture) process.stdout.write(readFileSync(capture))
if (mode === 'goes-away') {
  say('tcpdump: pcap_loop: The interface disappeared')
  process.stdout.write('', () => process.exit(1))
}
if (mode === 'killed') {
  say(`tcpdump: ${counts.join(', ')}`)
  process.stdout.write('', () => process.kill(process.pid, 'SIGKILL'))
}
if (mode === 'asserts') {
  say(
    "node: ../src/binding.cc:190: static void Pcap::cb_packets(uv_poll_t*, int, int): Assertion `status == 0' failed.",
  )
  process.stdout.write('', () => process.kill(process.pid, 'SIGABRT'))
}
setInterval(() => undefined, 1000)
