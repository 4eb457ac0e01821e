/**
 * CSV for spreadsheets (RFC 4180, with a byte order mark so that Excel reads UTF-8). A text that a spreadsheet would run as a formula gets a
 * leading apostrophe (OWASP, "CSV Injection"). Numbers stay numbers.
 */
import { type Ctx, personal } from './http.tsx'

export type CsvCell = string | number | boolean | Date | null
export type Identified = { id: string | number }
export type CsvColumn<Row> = { title: string; cell(row: Row): CsvCell }

/** A table that is read in batches, so that neither the origin nor MySQL ever holds all of it. */
export type CsvSource<Row extends Identified> = {
  columns: readonly CsvColumn<Row>[]
  /** At most `limit` rows after the row with this id, in the order of the export; the first ones for null. */
  readAfter(id: Row['id'] | null, limit: number): Promise<Row[]>
  /** The export ends after this many rows. */
  maxRows?: number
}

const BATCH = 500
/** The rows that Excel can open (1,048,576), less the heading. */
const MAX_ROWS = 1_048_575
const BYTE_ORDER_MARK = '\uFEFF'

/** What makes a spreadsheet read a cell as a formula, also in full width and after spaces; control characters, which it may strip. */
const FORMULA = /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n\0]/
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/

function encodeCell(cell: CsvCell): string {
  if (cell === null) return ''
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
  if (cell instanceof Date) return cell.toISOString()
  const text = FORMULA.test(cell) ? `'${cell}` : cell
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One record with its line end. */
export const csvRecord = (cells: readonly CsvCell[]): string => `${cells.map(encodeCell).join(',')}\r\n`

/**
 * The table as UTF-8. A batch is read when the client has taken the one before it; between batches no connection is held. If a batch cannot be
 * read, the stream fails, so that a cut export is not taken for a complete one. `onEnd` is called when nothing more will be read.
 */
export function streamCsv<Row extends Identified>(
  { columns, readAfter, maxRows = MAX_ROWS }: CsvSource<Row>,
  onEnd = () => {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let last: Row['id'] | null = null
  let rowsLeft = maxRows
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(BYTE_ORDER_MARK + csvRecord(columns.map(({ title }) => title))))
    },
    async pull(controller) {
      const limit = Math.min(BATCH, rowsLeft)
      const rows = limit === 0 ? [] : await readAfter(last, limit).catch((error) => {
        onEnd()
        throw error
      })
      if (rows.length > 0) {
        controller.enqueue(encoder.encode(rows.map((row) => csvRecord(columns.map(({ cell }) => cell(row)))).join('')))
        last = rows.at(-1)!.id
        rowsLeft -= rows.length
      }
      if (rows.length < limit || rowsLeft === 0) {
        onEnd()
        controller.close()
      }
    },
    cancel: onEnd,
  }, { highWaterMark: 1 })
}

/** Whether the client asks for CSV instead of JSON. */
export const wantsCsv = (c: Ctx): boolean => /(^|,)\s*text\/csv\s*(;|,|$)/i.test(c.req.header('accept') ?? '')

/** Responds with a table as a file to save. `name`: ASCII, without the extension. */
export function respondCsv<Row extends Identified>(
  c: Ctx,
  name: string,
  source: CsvSource<Row>,
  onEnd?: () => void,
): Response {
  personal(c)
  c.header('content-type', 'text/csv; charset=utf-8; header=present')
  c.header('content-disposition', `attachment; filename="${name}.csv"`)
  // A request for the head alone must not read the table.
  return c.req.method === 'HEAD' ? c.body(null) : c.body(streamCsv(source, onEnd))
}
