import { createHash } from 'node:crypto'
import { escapeMarkup } from '../markup.ts'
import { PAGE_SCRIPT, PAGE_STYLE } from './generated/page-bundle.ts'

/** A padlock that is open: drawn here, since the page fetches nothing. */
const ICON =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect x="2" y="7" width="12" height="8" rx="1.5" fill="#1f6f8b"/><path d="M5 7V4.5a3 3 0 0 1 5.8-1" fill="none" stroke="#1f6f8b" stroke-width="2"/></svg>',
  )

/**
 * Nothing is fetched, and nothing runs but the script of the page (CSP level 2, hashes): what a trace carries stays text
 * even where it is markup. Trusted types keep our own script from making markup of text.
 */
const POLICY = [
  "default-src 'none'",
  `script-src '${digestOf(PAGE_SCRIPT)}'`,
  `style-src '${digestOf(PAGE_STYLE)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

function digestOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

/** All before the data. */
export function documentHead(title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeMarkup(title)}</title>
<link rel="icon" href="${ICON}">
<style>${PAGE_STYLE}</style>
</head>
<body>
<div id="page"></div>
`
}

/** All behind the data: what people see who let no script run, and the script. */
export function documentTail(summary: readonly string[]): string {
  return `<noscript>
${summary.map((line) => `<p>${escapeMarkup(line)}</p>`).join('\n')}
</noscript>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`
}
