import type { Column } from './columns.ts'
import type { Selection } from './selection.ts'

interface Props {
  readonly columns: readonly Column[]
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
}

/** A filter for each column below its heading. */
export function FilterRow({ columns, selection, onSelect }: Props) {
  return (
    <tr aria-rowindex={2} class="filters">
      {columns.map((column) => {
        const set = (value: string) => onSelect({ ...selection, filters: { ...selection.filters, [column.id]: value } })
        return (
          <td key={column.id}>
            <Filter column={column} value={selection.filters[column.id] ?? ''} onChange={set} />
          </td>
        )
      })}
    </tr>
  )
}

interface FilterProps {
  readonly column: Column
  readonly value: string
  readonly onChange: (value: string) => void
}

function Filter({ column: { title, choices, isNumber }, value, onChange }: FilterProps) {
  const label = `Filter ${title}`
  if (choices !== undefined) {
    return (
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all</option>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    )
  }
  return (
    <input
      aria-label={label}
      placeholder={isNumber ? '>0' : 'has …'}
      value={value}
      onInput={(event) => onChange(event.currentTarget.value)}
    />
  )
}
