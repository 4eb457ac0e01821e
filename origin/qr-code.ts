import { encodeQR } from 'qr'

/** A QR code as an SVG path, in a square of `size` units. */
export type QrCode = { size: number; path: string }

/** `border`: the library draws one of a module at least, which pages and documents do themselves. */
const BORDER = 1

/** Draws a text as a QR code. Takes about a millisecond, so many of them are drawn in a thread of their own (ticket-views.ts). */
export function drawQrCode(text: string): QrCode {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: BORDER }).slice(BORDER, -BORDER).map((row) =>
    row.slice(BORDER, -BORDER)
  )
  return { size: rows.length, path: rows.map(drawRow).join('') }
}

/** Rectangles of one row. `pdfPath` of ticket-pdf.ts reads this form. */
function drawRow(row: readonly boolean[], y: number): string {
  let path = ''
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue
    const start = x
    while (row[x + 1]) x++
    const width = x + 1 - start
    path += `M${start} ${y}h${width}v1h-${width}z`
  }
  return path
}
