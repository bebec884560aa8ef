import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Artifact, PhysicalLocation } from 'sarif'
import type { CaptureReport } from '../../model/report.ts'

/** As registered, or as in use where nothing is. */
const MIME_TYPES: Readonly<Record<CaptureReport['format'], string>> = {
  pcap: 'application/vnd.tcpdump.pcap',
  pcapng: 'application/x-pcapng',
}

/** A capture as an artifact of the run. */
export function artifactOf({ path, format, lost: _, ...facts }: CaptureReport): Artifact {
  return {
    location: { uri: captureUri(path) },
    roles: ['analysisTarget'],
    mimeType: MIME_TYPES[format],
    properties: facts,
  }
}

/** Where a capture is; where in it is not known but for a loss, for which its first byte is given. */
export function placeIn(captures: readonly CaptureReport[], index: number, byteOffset?: number): PhysicalLocation {
  return {
    artifactLocation: { uri: captureUri(captures[index].path), index },
    ...(byteOffset !== undefined && { region: { byteOffset } }),
  }
}

/** A path as a URI, relative where the path is; what a capture on a server is called is a URI nearly. */
export function captureUri(path: string): string {
  // What is no well-formed UTF-16 cannot be told in a URI.
  const told = Buffer.from(path).toString()
  if (/^https?:\/\//i.test(told)) return encodeURI(told)
  if (isAbsolute(told)) return pathToFileURL(told).href
  return told.split('/').map(encodeURIComponent).join('/')
}
