import { useEffect, useState } from 'preact/hooks'

/** Whether the page is being printed: all findings are open then, and what is closed again afterwards was closed before. */
export function usePrinting(): boolean {
  const [isPrinted, setPrinted] = useState(false)
  useEffect(() => {
    let opened: HTMLDetailsElement[] = []
    const before = () => {
      opened = [...document.querySelectorAll<HTMLDetailsElement>('details:not([open])')]
      for (const details of opened) details.open = true
      setPrinted(true)
    }
    const after = () => {
      for (const details of opened) details.open = false
      setPrinted(false)
    }
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
    return () => {
      removeEventListener('beforeprint', before)
      removeEventListener('afterprint', after)
    }
  }, [])
  return isPrinted
}

/** What paper has instead of a button that shows more. */
export function Unprinted({ text }: { readonly text: string }) {
  return <p class="unprinted">{text}: shown where the report is opened.</p>
}
