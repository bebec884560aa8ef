import { referenceUrl } from '../words.ts'

/** Sources, linked where they are RFCs: opened by who follows one, never fetched. */
export function References({ references }: { readonly references: readonly string[] }) {
  return (
    <>
      {references.map((reference, n) => {
        const url = referenceUrl(reference)
        return (
          <span key={reference}>
            {n > 0 && ', '}
            {url === undefined ? (
              reference
            ) : (
              <a href={url} rel="noreferrer noopener" target="_blank">
                {reference}
              </a>
            )}
          </span>
        )
      })}
    </>
  )
}
