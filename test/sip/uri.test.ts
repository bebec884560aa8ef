import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseUri, unescapeUri } from '../../src/sip/uri.ts'

describe('parseUri', () => {
  it.each([
    ['sip:alice@atlanta.com', { scheme: 'sip', user: 'alice', host: 'atlanta.com' }],
    ['sip:alice:secretword@atlanta.com;transport=tcp', { user: 'alice', host: 'atlanta.com' }],
    ['sips:alice@atlanta.com?subject=project%20x&priority=urgent', { scheme: 'sips', user: 'alice' }],
    ['sip:+1-212-555-1212:1234@gateway.com;user=phone', { user: '+1-212-555-1212', host: 'gateway.com' }],
    ['sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com', { host: 'atlanta.com' }],
    ['sip:alice;day=tuesday@atlanta.com', { user: 'alice;day=tuesday', host: 'atlanta.com' }],
    ['SIP:%61lice@ATLANTA.com:5061', { scheme: 'sip', user: 'alice', host: 'atlanta.com', port: 5061 }],
    ['sip:a@[2001:DB8::1]:5060', { host: '2001:db8::1', port: 5060 }],
    ['tel:+358-555-1234567;postd=pp22', { scheme: 'tel', user: '+358-555-1234567', host: '' }],
  ])('RFC 3261 §19.1.3, RFC 3966 §6: %s', (text, expected) => expect(parseUri(text)).toMatchObject(expected))

  it('RFC 3261 §19.1.1: parameters and headers are kept apart, the password is not kept', () => {
    const uri = parseUri('sip:a:secret@b;Transport=tls;lr?h=1')
    expect([...(uri?.params ?? [])]).toEqual([
      ['transport', 'tls'],
      ['lr', ''],
    ])
    expect(uri?.headers).toBe('h=1')
    expect(JSON.stringify(uri)).not.toContain('secret')
  })

  it.each(['', 'alice', ':x', 'sip:', 'sip:@', 'sip:a@', 'sip:a@b:port', 'sip:a@[::1', 'sip:a@b c', '1x:y'])(
    'RFC 3261 §19.1.1: %j is no URI',
    (text) => expect(parseUri(text)).toBeUndefined(),
  )

  it('RFC 3261 §19.1.2: an escaped user comes back whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (user) => {
        expect(parseUri(`sip:${encodeURIComponent(user)}@example.com`)?.user).toBe(user)
      }),
    )
  })

  it('a % that escapes nothing stays', () => expect(unescapeUri('100%, %4, %zz %41')).toBe('100%, %4, %zz A'))
})
