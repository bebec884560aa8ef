import { expect, test } from 'vitest'
import { batchId, jobId } from '../../../src/batch/queue/job-ids.ts'
import { shownRedisUrl } from '../../../src/batch/queue/redis.ts'
import { mapPlace, parseMapping } from '../../../src/batch/queue/storage-map.ts'

test('a place is mapped by the longest prefix that ends where a name ends', () => {
  const mappings = ['/captures=/mnt/a', '/captures/new/=/mnt/b', 's3://box=https://store.example/box'].map(parseMapping)
  const mapped = (place: string) => mapPlace(place, mappings)
  expect(mapped('/captures/x.pcap')).toBe('/mnt/a/x.pcap')
  expect(mapped('/captures/new/x.pcap')).toBe('/mnt/b/x.pcap')
  expect(mapped('/captures')).toBe('/mnt/a')
  expect(mapped('/capturesque/x.pcap')).toBe('/capturesque/x.pcap')
  expect(mapped('s3://box/x.pcap')).toBe('https://store.example/box/x.pcap')
  expect(mapPlace('/a/x', [parseMapping('/a=/b/')])).toBe('/b/x')
  expect(mapPlace('/a/x', [parseMapping('/=/mnt/')])).toBe('/mnt/a/x')
  expect(parseMapping('/a=https://h/?x=1')).toEqual({ from: '/a', to: 'https://h/?x=1' })
  for (const text of ['/a', '=/b', '/a=']) expect(() => parseMapping(text)).toThrow(/FROM=TO is wanted/)
})

test('ids are the same for the same, and others for others', () => {
  expect(batchId('/out', '0d')).toBe(batchId('/out', '0d'))
  expect(batchId('/out', '0d')).not.toBe(batchId('/out0', 'd'))
  expect(batchId('/out', '0d')).not.toBe(batchId('/other', '0d'))
  const id = jobId('b1', 'report', ['call', '/call.pcap', ''])
  expect(id).toMatch(/^b1-report-[0-9a-f]{16}$/)
  expect(jobId('b1', 'report', ['call', '/call.pcap', ''])).toBe(id)
  expect(jobId('b1', 'report', ['call', '', '/call.pcap'])).not.toBe(id)
})

test('a URL of Redis is shown without its password; what is none is one line without it', () => {
  expect(shownRedisUrl('redis://anna:secret@h.example:6380/2')).toBe('redis://h.example:6380/2')
  expect(shownRedisUrl('rediss://:secret@[::1]')).toBe('rediss://[::1]')
  for (const url of ['http://anna:secret@h', 'secret', 'redis:secret', 'redis://anna:secret@h:port']) {
    expect(() => shownRedisUrl(url)).toThrow(/^--queue [a-z]*:?…: redis:\/\/HOST:PORT is wanted/)
    expect(() => shownRedisUrl(url)).not.toThrow(/secret/)
  }
})
