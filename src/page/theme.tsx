import { useLayoutEffect, useState } from 'preact/hooks'

const THEMES = { auto: 'as the system', light: 'light', dark: 'dark' } as const
type Theme = keyof typeof THEMES
const KEY = 'srtp-scan-theme'

/** Chooses the colours; without a choice they are those of the system. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(kept)
  // Before the page is drawn: it must not flash in other colours.
  useLayoutEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
    keep(theme)
  }, [theme])
  return (
    <label class="theme">
      Colours{' '}
      <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
        {Object.entries(THEMES).map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}

/** A browser may keep nothing for a file: then every report begins with the colours of the system. */
function kept(): Theme {
  try {
    const theme = localStorage.getItem(KEY)
    return theme === 'light' || theme === 'dark' ? theme : 'auto'
  } catch {
    return 'auto'
  }
}

function keep(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Nothing is lost but the choice.
  }
}
