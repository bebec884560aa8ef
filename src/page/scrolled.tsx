import type { ComponentChildren } from 'preact'

/** What is wider than a narrow screen scrolls in itself, by keyboard too. */
export function Scrolled({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
    <section class="scrolled" aria-label={`${label}, table`} tabIndex={0}>
      {children}
    </section>
  )
}
