import { listText } from './refusal-terms.ts'

/** What an offer was likely refused for. `sure`: the refusal or another call says so, and not the look of the offer alone. */
export interface LikelyCause {
  readonly name:
    | 'srtp-not-taken'
    | 'srtp-required'
    | 'no-key'
    | 'crypto-extras'
    | 'codecs'
    | 'suites'
    | 'address-family'
    | 'media-type'
    | 'attribute'
    | 'bandwidth'
    | 'body'
    | 'open'
  readonly sure: boolean
  readonly text: string
  readonly remedy: string
}

export function srtpNotTaken(sure: boolean, text: string): LikelyCause {
  const remedy = 'Switch SRTP on at the refusing side, for this trunk or account, with the suite that is offered.'
  return { name: 'srtp-not-taken', sure, text, remedy }
}

/** RFC 4568 §5.1.1: RTP/SAVP is offered with a=crypto, or with other keying. */
export function noKey(lines: readonly string[]): LikelyCause {
  return {
    name: 'no-key',
    sure: true,
    text: `the offer is ${listText(lines)} without a=crypto or other keying, so there is no key that it could be taken with`,
    remedy:
      'Have the offering side give a=crypto lines with its RTP/SAVP, or offer RTP/AVP where nothing is to be protected.',
  }
}

/** Who does not know a session parameter has to refuse its line (RFC 4568 §6.3); many know no MKI. */
export function cryptoExtras(extras: readonly string[], who: string): LikelyCause {
  const listed = listText(extras)
  return {
    name: 'crypto-extras',
    sure: false,
    text: `each offered a=crypto line carries ${listed}, which ${who} may not take`,
    remedy: `Where SRTP is on there, offer a=crypto without ${listed}, or a second line without.`,
  }
}

export function srtpRequired(sure: boolean, text: string): LikelyCause {
  const remedy = 'Switch SRTP on at the offering side, for this trunk or account: RTP/SAVP with a=crypto.'
  return { name: 'srtp-required', sure, text, remedy }
}

export function noCodec(sure: boolean, text: string): LikelyCause {
  return {
    name: 'codecs',
    sure,
    text,
    remedy: 'Give both sides a codec in common (PCMU or PCMA), or transcode between them.',
  }
}

export function mediaType(sure: boolean, text: string): LikelyCause {
  return { name: 'media-type', sure, text, remedy: 'Offer media that the refusing side has, or switch it on there.' }
}

export function noSuite(text: string, known: Iterable<string>): LikelyCause {
  const remedy = `Offer a suite that the refusing side knows (${listText(known)}), or switch an offered one on there.`
  return { name: 'suites', sure: true, text, remedy }
}

export function bandwidth(text: string): LikelyCause {
  const remedy = 'Offer less bandwidth (b=, or codecs that need less), or allow more at the refusing side.'
  return { name: 'bandwidth', sure: true, text, remedy }
}

export function attribute(text: string): LikelyCause {
  const remedy = 'Leave out what the refusing side does not know; its Warning or log names it.'
  return { name: 'attribute', sure: true, text, remedy }
}

export function addressFamily(sure: boolean, text: string): LikelyCause {
  return {
    name: 'address-family',
    sure,
    text,
    remedy: 'Offer media on addresses of an IP version that both sides have.',
  }
}

export function notThisBody(sure: boolean, who: string, accept: readonly string[] | undefined): LikelyCause {
  const accepts = accept === undefined ? '' : `: it accepts ${accept.length === 0 ? 'none' : listText(accept)}`
  return {
    name: 'body',
    sure,
    text: `${who} does not take a body of this type, encoding or language here${accepts}`,
    remedy: 'See Accept and Accept-Encoding of the refusal, and send the description as application/sdp alone.',
  }
}
