import { nearest } from '../bytes/nearest.ts'
import { RULES } from '../rules/catalogue.ts'
import { UsageError } from '../scan/usage-error.ts'

/** @param where what the user gave the id to: `rules`, `--ignore` */
export function noSuchRule(where: string, id: string): UsageError {
  const near = nearest(
    id,
    RULES.map(({ text }) => text.id),
  )
  return new UsageError(
    `${where} ${id}: no such rule; ${near === undefined ? '' : `${near} is the nearest, `}srtp-scan rules lists them`,
  )
}
