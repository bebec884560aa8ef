import type { AnalysedCall, TraceFacts } from '../../model/analysis.ts'
import type { Finding } from '../../model/report.ts'
import type { Codec } from '../../sdp/description.ts'
import { type AgreedLine, agreedLines, firstOf, hopText, mediumText } from '../agreement.ts'
import { defineRule, finding, type RuleText } from '../rule.ts'

const text: RuleText = {
  id: 'codec-policy',
  severity: 'warning',
  title: 'A codec is agreed that the policy does not allow',
  meaning: 'Under a policy with a list of codecs: offer and answer have one in common that is not on the list.',
  shows:
    'A format of the answer that the offer has too (comfort noise, telephone events and forms of repetition aside). The ' +
    'first one is what is sent; any other may be, at any time.',
  causes: [
    'a codec list left at its default: G.729 or G.722 beside G.711',
    'an SBC that adds codecs in order to transcode',
    'video or wideband allowed on a trunk that was planned for G.711',
  ],
  remedy: "Limit the codec lists of both sides to the policy's, or add the codec to the policy.",
  references: ['RFC 3264 §6.1', 'RFC 4566 §6'],
}

/** Formats that come beside a codec: RFC 4733, RFC 3389, RFC 2198, RFC 5109, RFC 8627, RFC 4588. */
const AUXILIARY = /^(telephone-event|tone|CN|red|parityfec|ulpfec|flexfec(-\d+)?|rtx)$/i

export const codecPolicy = defineRule(text, (trace, { codecs }) => {
  if (codecs === undefined) return {}
  const allowed = new Set(codecs.map(plainName))
  return {
    call: (call) =>
      firstOf(
        agreedLines(call).flatMap((line) => {
          const outside = agreedCodecs(line).filter(({ name }) => !allowed.has(plainName(name)))
          return outside.length === 0 ? [] : [{ line, outside }]
        }),
        ({ line, outside }) => `${line.index} ${outside.map(({ name }) => name).join(' ')}`,
      ).map((one) => describe(trace, call, codecs, one)),
  }
})

/** `G.729` and `g729` are one. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll('.', '')
}

function agreedCodecs({ offer, answer }: AgreedLine): Codec[] {
  return answer.codecs.filter(
    (codec) =>
      !AUXILIARY.test(codec.name) &&
      offer.codecs.some(
        (other) => plainName(other.name) === plainName(codec.name) && other.clockRate === codec.clockRate,
      ),
  )
}

function describe(
  trace: TraceFacts,
  { callId }: AnalysedCall,
  allowed: readonly string[],
  { line, outside }: { readonly line: AgreedLine; readonly outside: readonly Codec[] },
): Finding {
  const { offer, offerAt, answerAt, exchange, index } = line
  const names = outside.map(({ name, clockRate }) => `${name}/${clockRate}`)
  const [first] = agreedCodecs(line)
  const used = first === outside[0] ? `${names[0]} is the one to be sent` : `${first.name} comes first`
  return finding(text, trace, {
    detail:
      `Frames ${offerAt.at.frame} and ${answerAt.at.frame} (${hopText(offerAt)}) agree on ${names.join(', ')} for the ` +
      `${mediumText(offerAt.media, offer)} (${used}); the policy allows ${allowed.join(', ')}.`,
    callId,
    at: [offerAt.at, answerAt.at],
    evidence: { mediaIndex: index, leg: exchange.session.leg, codecs: names, allowed },
  })
}
