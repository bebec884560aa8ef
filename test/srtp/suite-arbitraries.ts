import fc from 'fast-check'
import type { MasterKey } from '../../src/srtp/session-keys.ts'
import { type CryptoSuite, SUITES, suiteByName } from '../../src/srtp/suites.ts'

export function suite(name: string): CryptoSuite {
  const found = suiteByName(name)
  if (found === undefined) throw new Error(`${name} is no suite`)
  return found
}

export const octetsOfLength = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })

export const anySuite = fc.constantFrom(...SUITES)

/** Any master key of any suite, with and without an MKI. */
export const anyMasterKey: fc.Arbitrary<MasterKey> = anySuite.chain((one) =>
  fc.record(
    {
      suite: fc.constant(one),
      masterKey: octetsOfLength(one.masterKeyLength),
      masterSalt: octetsOfLength(one.masterSaltLength),
      mki: fc.uint8Array({ minLength: 1, maxLength: 128, size: 'max' }),
      parameters: fc.record(
        {
          kdr: fc.integer({ min: 1, max: 24 }),
          unencryptedSrtp: fc.boolean(),
          unencryptedSrtcp: fc.boolean(),
          unauthenticatedSrtp: fc.boolean(),
          rcc: fc.record({ mode: fc.constantFrom(1, 2, 3), rate: fc.integer({ min: 1, max: 65535 }) }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['suite', 'masterKey', 'masterSalt'] },
  ),
)
