import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { columnsOf } from '../../src/report/cells.ts'
import { TMUX_IS_HERE, TmuxTerminal } from './tmux.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const DRIVER = 'node --import tsx test/integration/screen-driver.ts'
/** All calls are there, and the last of them are released. */
const WHOLE = /09:37:05 UTC[\s\S]* Calls 13 /
const RESTORED = 'icanon echo'

describe.runIf(TMUX_IS_HERE)('the live screen in a terminal', () => {
  let terminal: TmuxTerminal
  let folder: string

  async function open(columns: number, rows: number, command = DRIVER): Promise<void> {
    terminal = new TmuxTerminal(columns, rows)
    terminal.type(`cd ${ROOT}`, 'Enter')
    terminal.type('clear; echo what was there', 'Enter')
    await terminal.until(/^what was there$/m)
    terminal.type(`${command}; echo "status $?"`, 'Enter')
  }

  /** The terminal is as it was: its lines, its cursor, its modes. */
  async function expectRestored(): Promise<void> {
    expect(terminal.text()).toMatch(/^what was there$/m)
    expect([terminal.fact('alternate_on'), terminal.fact('cursor_flag'), terminal.fact('wrap_flag')]).toEqual([
      '0',
      '1',
      '1',
    ])
    terminal.type('stty -a | grep -oE -- "-?(icanon|echo)\\b" | paste -sd " "', 'Enter')
    await terminal.until(new RegExp(`^${RESTORED}$`, 'm'))
  }

  /** Every row of the list takes the terminal's 80 cells: a character is as wide as we think. */
  function expectFullRows(count: number): void {
    const rows = terminal.lines().filter((line) => /^\d\d:\d\d:\d\d /.test(line))
    expect(rows.map(columnsOf)).toEqual(Array(count).fill(80))
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'srtp-scan-screen-'))
  })
  afterEach(() => {
    terminal.close()
    rmSync(folder, { recursive: true })
  })

  test('80x24: a list, details, a filter, a pause, a report that is saved, and the terminal as it was', async () => {
    await open(80, 24)
    await terminal.until(WHOLE)
    expect([terminal.fact('alternate_on'), terminal.fact('cursor_flag')]).toEqual(['1', '0'])
    const lines = terminal.lines()
    expect(lines).toHaveLength(24)
    expect(lines[4].trimEnd()).toBe('time     from > to         state  via sec.  >ok/bad <ok/bad  dur. worst finding')
    expect(lines[5].trimEnd()).toBe('09:35:05 218>19005550118   488    udp -           -       -       x call-refuse~')
    expect(lines[23]).toContain(' Enter details ')

    terminal.type('o')
    await terminal.until(/worst first/)
    terminal.type('', 'Enter')
    await terminal.until(/Details[\s\S]*one-way-media/)
    terminal.type('', 'End')
    await terminal.until(/^ {2}09:3\S+ \d+ +\|-+ BYE -+>\|$/m)
    terminal.type('', 'Escape')
    await terminal.until(/^time /m)

    terminal.type('/rtp-avp')
    await terminal.until(/Calls 3 of 13/)
    terminal.type('', 'Enter', 'Down', 'Enter')
    await terminal.until(/rtp-avp-leak \(/)
    terminal.type('q')
    await terminal.until(/Calls 3 of 13/)
    terminal.type('', 'Escape')
    await terminal.until(/Calls 13 /)

    terminal.type('', 'Tab', 'Tab')
    await terminal.until(/^! sip-cleartext/m)
    terminal.type('p')
    await terminal.until(/PAUSED/)
    terminal.type('s')
    await terminal.until(/The report is in saved\.json/)
    terminal.type('s')
    await terminal.until(/The report was not saved: no room/)
    terminal.type('?')
    await terminal.until(/What the columns say|Keys\n/)
    terminal.type('', 'Escape')
    terminal.type('q')
    await terminal.until(/^ended in good order\nstatus 0$/m)
    await expectRestored()
  })

  test('200x50, and every other size it is given', async () => {
    await open(200, 50)
    await terminal.until(WHOLE)
    const lines = terminal.lines()
    expect(lines).toHaveLength(50)
    expect(lines[5]).toMatch(/^09:35:05\.600 218 > 19005550118 +failed \(488\) +udp .* x call-refused-for-media/)
    terminal.resize(100, 12)
    await terminal.until(/^ Calls 13 [^\n]*\n(.*\n){7} Enter details[^\n]*q end$/m)
    terminal.type('', 'End')
    await terminal.until(/^09:30:00 201 ?>/m)
    terminal.resize(80, 24)
    await terminal.until(/^09:35:05 218[\s\S]*\n09:30:00 201>19005550101 [\s\S]*\n Enter details/m)
    expectFullRows(13)
    terminal.type('', 'C-c')
    await terminal.until(/^ended in good order\nstatus 0$/m)
    await expectRestored()
  })

  test('a terminal made larger has its own lines back', async () => {
    await open(80, 24)
    await terminal.until(WHOLE)
    terminal.resize(200, 50)
    await terminal.until(/^09:35:05\.600 218/m)
    terminal.type('q')
    await terminal.until(/^ended in good order\nstatus 0$/m)
    await expectRestored()
  })

  test('names of all kinds do harm to nothing, and cells are as wide as the terminal has them', async () => {
    await open(80, 24, `NO_COLOR=1 ${DRIVER}`)
    const text = await terminal.until(WHOLE)
    for (const name of ['山田太郎>', 'Zo\u00eb>', '📞desk>', '\\u{1b}[']) expect(text).toContain(name)
    expectFullRows(13)
    terminal.type('q')
    await terminal.until(/^status 0$/m)
  })

  test.each(['SIGTERM', 'SIGHUP'])('%s without a listener ends it, and gives the terminal back', async (signal) => {
    const file = join(folder, 'pid')
    await open(80, 24, `bash -c 'echo $$ > ${file}; exec ${DRIVER}'`)
    await terminal.until(WHOLE)
    process.kill(Number(readFileSync(file, 'utf8')), signal)
    await terminal.until(/^status 1\d\d$/m)
    await expectRestored()
  })

  test('SIGTERM with a listener is left to it', async () => {
    const file = join(folder, 'pid')
    await open(80, 24, `bash -c 'echo $$ > ${file}; exec ${DRIVER} listen'`)
    await terminal.until(WHOLE)
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGTERM')
    await terminal.until(/^ended in good order\nstatus 0$/m)
    await expectRestored()
  })

  test.each(['crash', 'reject'])('a %s is told on the terminal as it was', async (mode) => {
    await open(80, 24, `${DRIVER} ${mode}`)
    await terminal.until(/^Error: made to fail$/m)
    await terminal.until(/^status 1$/m)
    await expectRestored()
  })

  test('Ctrl-Z leaves it and fg comes back to it', async () => {
    await open(80, 24)
    await terminal.until(WHOLE)
    terminal.type('', 'C-z')
    await terminal.until(/Stopped/)
    await expectRestored()
    terminal.type('fg', 'Enter')
    await terminal.until(WHOLE)
    terminal.type('q')
    await terminal.until(/^ended in good order$/m)
  })

  test('where packets come through standard input, keys come from the terminal', async () => {
    await open(80, 24, `true | ${DRIVER}`)
    await terminal.until(WHOLE)
    terminal.type('q')
    await terminal.until(/^ended in good order\nstatus 0$/m)
    await expectRestored()
  })
})

test.runIf(!TMUX_IS_HERE)('tmux is not installed: the live screen was NOT looked at in a terminal', () => {
  expect(TMUX_IS_HERE).toBe(false)
})
