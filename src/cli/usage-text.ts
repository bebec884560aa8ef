import type { Argv } from 'yargs'
import type { COMMAND } from './command-words.ts'

type Command = keyof typeof COMMAND

const CALLED: Readonly<Record<Command, string>> = {
  live: '$0 live -i <interface>',
  batch: '$0 batch <path..> --out <folder>',
  worker: '$0 worker --queue <redis url>',
  keys: '$0 keys [capture..]',
  decrypt: '$0 decrypt [capture..] --write-pcap <file> --write-wav <folder>',
  tls: '$0 tls [capture..]',
  rules: '$0 rules [id]\n$0 rules --policy <name>',
}

/** What each command is for. */
export const PURPOSE: Readonly<Record<Command, string>> = {
  live: 'scan what an interface brings until Ctrl-C',
  batch: 'each capture a trace of its own: its report, and a summary over all',
  worker: 'do the jobs of a queue, beside any number of others',
  keys: 'print the SRTP keys of a trace as keys.json',
  decrypt: 'write the media of calls in the clear',
  tls: 'a table of every TLS peer: what it negotiates and shows',
  rules: 'the rules; with an id, what it means and how to mend it',
}

/** What stands above all commands and options. */
export const USAGE = `${['$0 [capture..]', ...Object.values(CALLED)].join('\n')}

Verifies the SRTP of every call in captures (files, directories, patterns,
http(s) URLs, or - for standard input; several are one trace), and says what is
wrong. The exit status is 0 where nothing reaches --fail-on, 1 where something
does, and 2 where an input, an option or an output cannot be used.`

/** The options of a command, below how it is called and what it is for. */
export function described<Options>(name: Command, options: (command: Argv) => Options): (command: Argv) => Options {
  return (command) => options(command.usage(`${CALLED[name]}\n\n${PURPOSE[name]}`))
}
