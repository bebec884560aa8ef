import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core'
import type { RefObject } from 'preact'
import { useLayoutEffect, useReducer, useState } from 'preact/hooks'

export interface VirtualRows {
  /** The first row that is drawn, and the one behind the last. */
  readonly first: number
  readonly end: number
  /** Height of all rows before and behind those, px. */
  readonly before: number
  readonly behind: number
  /** Brings a row into sight. */
  readonly scrollTo: (row: number) => void
}

/** Rows that are in sight in what scrolls, with some around them. */
export function useVirtualRows(scroller: RefObject<HTMLElement | null>, rows: number, rowHeight: number): VirtualRows {
  const [, redraw] = useReducer((times: number) => times + 1, 0)
  const options = {
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => redraw(undefined),
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options))
  virtualizer.setOptions(options)
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  const items = virtualizer.getVirtualItems()
  const first = items[0]?.index ?? 0
  const end = items.length === 0 ? Math.min(rows, 30) : items[items.length - 1].index + 1
  return {
    first,
    end,
    before: first * rowHeight,
    behind: (rows - end) * rowHeight,
    scrollTo: (row) => virtualizer.scrollToIndex(row, { align: 'auto' }),
  }
}
