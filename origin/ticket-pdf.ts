/**
 * Admission tickets as a PDF of A4 pages, three tickets on each, to cut along dashed lines. The faces are SUIT, of which the file has only the
 * glyphs that it shows, and Helvetica, which every reader has, for Latin letters that SUIT lacks. Characters of other scripts are shown as □.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import PDFDocument from 'pdfkit'
import type { Language } from '../edge/contract/language.ts'
import type { Reservation } from '../edge/contract/reservations.ts'
import { dateTime } from '../web/format.ts'
import { sentences, words } from '../web/text.ts'
import type { IssuedTicket } from './admission-tickets.ts'
import { drawQrCode, type QrCode } from './qr-code.ts'

export type TicketSheet = { language: Language; reservation: Reservation; tickets: readonly IssuedTicket[]; holder: string }

type Document = PDFKit.PDFDocument

const PER_PAGE = 3
const MARGIN = 36
/** Points. */
const [WIDTH, HEIGHT] = [595.28, 841.89]
const SLOT = (HEIGHT - 2 * MARGIN) / PER_PAGE
const QR_SIZE = 150
const TEXT_WIDTH = WIDTH - 2 * MARGIN - QR_SIZE - 28
/** The quiet zone around a QR code, in modules (ISO/IEC 18004 §9.1). */
const QUIET = 4
/** The height of SUIT above its baseline, of its size. */
const ASCENT = 0.95
const INK = '#1c1830'
const MUTED = '#5d5873'

const readFace = (weight: 'Regular' | 'Bold') =>
  readFileSync(createRequire(import.meta.url).resolve(`@sun-typeface/suit/fonts/static/ttf/SUIT-${weight}.ttf`))

/** Draws the tickets. Takes about half a second of a processor, so call it in a thread of its own (ticket-documents.ts). */
export async function drawTickets(sheet: TicketSheet): Promise<Uint8Array> {
  const { reservation, language, tickets } = sheet
  const [regular, bold] = [readFace('Regular'), readFace('Bold')]
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    // By default Helvetica, which takes 100 ms to load.
    font: regular as unknown as string,
    lang: language,
    displayTitle: true,
    info: {
      Title: `${reservation.event.title} · ${reservation.number}`,
      Author: 'NETicket',
      CreationDate: new Date(reservation.createdAt),
    },
  })
  const chunks: Uint8Array[] = []
  doc.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = new Promise((resolve, reject) => doc.on('end', resolve).on('error', reject))
  doc.registerFont('regular', regular).registerFont('bold', bold)
  tickets.forEach((ticket, i) => {
    if (i > 0 && i % PER_PAGE === 0) doc.addPage()
    drawTicket(doc, sheet, ticket, MARGIN + (i % PER_PAGE) * SLOT)
  })
  doc.end()
  await ended
  return Buffer.concat(chunks)
}

function drawTicket(doc: Document, { reservation, language, holder }: TicketSheet, ticket: IssuedTicket, top: number): void {
  const word = words(language)
  const { event, ticketType, quantity, number } = reservation
  write(doc, 'NETicket', { x: MARGIN, y: top + 16, size: 9, color: MUTED, face: 'bold' })
  write(doc, event.title, { x: MARGIN, y: top + 32, size: 15, face: 'bold' })
  const lines: [string, string][] = [
    [word('date'), dateTime(event.startsAt, language, event.zone)],
    [word('venue'), event.venue],
    [word('ticketType'), `${ticketType.name} · ${sentences.ticketOf(ticket.ordinal, quantity)[language]}`],
    [word('ticketHolder'), holder],
    [word('reservationNumber'), number],
  ]
  let y = doc.y + 8
  for (const [name, value] of lines) {
    write(doc, name, { x: MARGIN, y, size: 9, color: MUTED })
    write(doc, value, { x: MARGIN + 80, y: y - 1, size: 10.5, face: 'bold' })
    y = doc.y + 5
  }
  write(doc, word('ticketUse'), { x: MARGIN, y: y + 2, size: 8, color: MUTED })
  const left = WIDTH - MARGIN - QR_SIZE
  drawQr(doc, ticket, left, top + 24)
  write(doc, ticket.code, { x: left, y: top + 24 + QR_SIZE + 2, size: 12, face: 'bold', width: QR_SIZE, align: 'center' })
  doc.save().moveTo(MARGIN, top + SLOT).lineTo(WIDTH - MARGIN, top + SLOT).dash(3, { space: 3 }).lineWidth(0.5).stroke(MUTED)
    .restore()
}

function drawQr(doc: Document, { text }: IssuedTicket, x: number, y: number): void {
  const qr = drawQrCode(text)
  const scale = QR_SIZE / (qr.size + 2 * QUIET)
  doc.save().translate(x + QUIET * scale, y + QUIET * scale).scale(scale).fillColor('#000000').addContent(`${pdfPath(qr)}f`)
    .restore()
}

/** The path has rectangles only. `path()` of pdfkit reads every command of SVG, and takes 100 ms for four codes. */
const pdfPath = ({ path }: QrCode): string => path.replace(/M(\d+) (\d+)h(\d+)v1h-\d+z/g, '$1 $2 $3 1 re ')

type Style = {
  x: number
  y: number
  size: number
  face?: 'regular' | 'bold'
  color?: string
  width?: number
  align?: 'left' | 'center'
}

/** Writes text in the faces that have its characters. Leaves `doc.y` below it. */
function write(doc: Document, text: string, style: Style): void {
  const { x, y, size, face = 'regular', color = INK, align = 'left' } = style
  const width = style.width ?? TEXT_WIDTH - (x - MARGIN)
  doc.fontSize(size).fillColor(color)
  const runs = inFaces(text, face)
  runs.forEach((run, i) => {
    doc.font(run.face)
    // Faces have different heights, so they share a baseline.
    const options = { width, align, continued: i < runs.length - 1, baseline: 'alphabetic' as const }
    if (i === 0) doc.text(run.text, x, y + size * ASCENT, options)
    else doc.text(run.text, options)
  })
  doc.y -= size * ASCENT
}

/** What SUIT has besides some signs of units: ASCII, Hangul, and the usual punctuation and symbols of Korean texts. */
const IN_SUIT = /[\x20-\x7e©®·×÷‘’“”…※₩℃™←-↙①-⑮■□▲△▶▷▼▽◆◇○●★☆♠♡♣♥♪♬〈-】〔〕ㄱ-ㅣ가-힣]/
/** What Helvetica has in the encoding of PDF readers (WinAnsi). */
const IN_HELVETICA = /[¡-ÿ–—•€‚„†‡‰ŠšŒœŽžŸƒ]/
const MISSING = '□'

/** A text as runs of one face each, at least one. */
export function inFaces(text: string, face: 'regular' | 'bold'): { text: string; face: string }[] {
  const runs = [{ text: '', face: face as string }]
  for (const character of text.normalize('NFC')) {
    const isForeign = !IN_SUIT.test(character)
    const isLatin = isForeign && IN_HELVETICA.test(character)
    const run = { text: isForeign && !isLatin ? MISSING : character, face: isLatin ? HELVETICA[face] : face }
    const last = runs.at(-1)!
    if (last.face === run.face) last.text += run.text
    else runs.push(run)
  }
  const filled = runs.filter((run) => run.text !== '')
  return filled.length > 0 ? filled : [{ text: ' ', face }]
}

const HELVETICA = { regular: 'Helvetica', bold: 'Helvetica-Bold' } as const
