import { nearest } from '../bytes/nearest.ts'

const NO_VALUE = /^Not enough arguments following: (.*)$/s
const NO_CHOICE = /^Invalid values:\n {2}Argument: (.*?), Given: (.*?), Choices: (.*)$/s
const NO_OPTION = /^Unknown arguments?: (.*)$/s

/**
 * Says what yargs says of a command line that it cannot take as all other errors are said: what, and what would be right.
 *
 * @param options the names of the command's options
 * @param argv what was typed: yargs takes `--no-x` for an x that is off
 */
export function usageMessage(message: string, options: readonly string[], argv: readonly string[]): string {
  const [, withoutValue] = NO_VALUE.exec(message) ?? []
  if (withoutValue !== undefined) return `${spelled(withoutValue)}: takes a value`
  const [, choiceOf, given, choices] = NO_CHOICE.exec(message) ?? []
  if (choices !== undefined) return `${spelled(choiceOf)} ${unquoted(given)}: no such choice; ${unquoted(choices)} are`
  const [, unknown] = NO_OPTION.exec(message) ?? []
  if (unknown === undefined) return `${message}; --help tells more`
  const [name] = unknown.split(', ')
  const no = argv.includes(`--no-${name}`) ? 'no-' : ''
  const long = options.filter((option) => option.length > 1)
  const near = name.length > 1 ? nearest(name, long) : undefined
  const hint = near === undefined ? '' : `${spelled(no + near)} is the nearest, `
  return `${spelled(no + name)}: no such option here; ${hint}--help lists them`
}

function spelled(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}

function unquoted(values: string): string {
  return values.replaceAll('"', '')
}
