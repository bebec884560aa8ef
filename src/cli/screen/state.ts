import type { Picture, Row } from './picture.ts'

/** The lists that the screen has, in the order of Tab. */
export const LISTS = ['calls', 'streams', 'findings'] as const
export type ListName = (typeof LISTS)[number]

export const ORDERS = ['newest', 'worst', 'longest'] as const
export type Order = (typeof ORDERS)[number]

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** Which row of a list is chosen, and from which one on it is shown. */
export interface Cursor {
  /** Of the chosen row; without it the first row is chosen, whichever comes to stand there. */
  readonly key?: string
  readonly index: number
  readonly top: number
}

/** A page of text over the list. */
export interface Page {
  readonly of: 'help' | 'details'
  readonly scroll: number
  /** What the details are of. */
  readonly row?: Row
  /** It is not at hand any more: what is shown is the last that was known. */
  readonly gone?: boolean
}

/** All that decides what the screen shows. */
export interface ScreenState {
  readonly source: string
  readonly size: Size
  /** What was heard last, and what is shown: another one while the screen is paused. Absent before the first snapshot. */
  readonly latest?: Picture
  readonly shown?: Picture
  readonly paused: boolean
  readonly list: ListName
  readonly order: Order
  readonly filter: string
  /** The filter is being typed. */
  readonly typing: boolean
  /** Rows of the list that pass the filter, in their order. */
  readonly rows: readonly Row[]
  readonly cursors: Readonly<Record<ListName, Cursor>>
  readonly page?: Page
  readonly notice?: { readonly text: string; readonly failed: boolean }
  /** The end was asked for: the report is being made. */
  readonly ending: boolean
}

const AT_TOP: Cursor = { index: 0, top: 0 }

export function firstState(source: string, size: Size): ScreenState {
  return {
    source,
    size,
    paused: false,
    list: 'calls',
    order: 'newest',
    filter: '',
    typing: false,
    rows: [],
    cursors: { calls: AT_TOP, streams: AT_TOP, findings: AT_TOP },
    ending: false,
  }
}

/** Lines above the rows of a list, and below. */
const HEADER_LINES = 5
const FOOTER_LINES = 1

/** Rows of a list that are seen at once. */
export function listHeight({ rows }: Size): number {
  return Math.max(1, rows - HEADER_LINES - FOOTER_LINES)
}

/** Lines of a page that are seen at once: it has the room of the list's titles too. */
export function pageHeight(size: Size): number {
  return listHeight(size) + 1
}
