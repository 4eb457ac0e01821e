import { generate } from 'lean-qr'
import { toSvgPath } from 'lean-qr/extras/svg'

/** A QR code as the outline of an SVG path, in a square of `size` units. */
export type QrCode = { size: number; path: string }

export function drawQrCode(text: string): QrCode {
  const code = generate(text)
  return { size: code.size, path: toSvgPath(code) }
}
