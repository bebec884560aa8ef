import { createReadStream } from 'node:fs'
import pcap from 'pcap-parser'

/** Reads a capture with the npm pcap-parser, and does nothing else. */
let packets = 0
const parser = pcap.parse(createReadStream(process.argv[2]))
parser.on('packet', () => packets++)
parser.on('end', () => process.exit(packets > 0 ? 0 : 1))
