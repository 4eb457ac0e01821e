import type { ComponentChildren } from 'preact'

export type Column<Row> = {
  title: string
  /** Numbers are aligned at the right. */
  isNumber?: boolean
  cell(row: Row): ComponentChildren
}

type DataTableProps<Row> = {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf(row: Row): string | number
}

/** A table that becomes a list of cards on phones. The first column is the row's heading. */
export function DataTable<Row>({ caption, columns, rows, keyOf }: DataTableProps<Row>) {
  return (
    <table class='data'>
      <caption class='visually-hidden'>{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ title, isNumber }) => <th key={title} scope='col' class={isNumber ? 'number' : undefined}>{title}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, isNumber, cell }, i) =>
              i === 0
                ? <th key={title} scope='row'>{cell(row)}</th>
                : <td key={title} class={isNumber ? 'number' : undefined} data-title={title}>{cell(row)}</td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
