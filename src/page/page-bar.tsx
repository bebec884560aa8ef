import { ThemeSwitch } from './theme.tsx'

/** The line that stays on top: where the page begins, its parts, and how it is shown. */
export function PageBar({ top, label, parts }: Props) {
  return (
    <header class="bar">
      <a class="name" href={top}>
        srtp-scan
      </a>
      <nav aria-label={label}>
        {Object.entries(parts).map(([name, href]) => (
          <a key={href} href={href}>
            {name}
          </a>
        ))}
      </nav>
      <ThemeSwitch />
      <button type="button" onClick={() => print()}>
        Print
      </button>
    </header>
  )
}

interface Props {
  readonly top: string
  /** What screen readers call the parts. */
  readonly label: string
  /** Fragments of the page by the words they are shown with. */
  readonly parts: Readonly<Record<string, string>>
}
