/** Reads QR codes with the browser's detector, which phones have, or else with a library. */
import decodeQR from 'qr/decode.js'

type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> }
type DetectorClass = { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> }

/** The library reads pictures of this size quickly. */
const MAX_SIDE = 800

export type QrSource = { image: CanvasImageSource; width: number; height: number }

/** Reads the first QR code of a picture; null without one. */
export type ReadQr = (source: QrSource) => Promise<string | null>

export async function createQrReader(): Promise<ReadQr> {
  const detector = await openDetector()
  const canvas = document.createElement('canvas')
  return async (source) => {
    if (source.width === 0) return null
    const [found] = detector ? await detector.detect(source.image).catch(() => []) : []
    return found?.rawValue || decode(canvas, source)
  }
}

async function openDetector(): Promise<Detector | null> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass }
  const formats = await BarcodeDetector?.getSupportedFormats().catch((): string[] => [])
  return BarcodeDetector && formats?.includes('qr_code') ? new BarcodeDetector({ formats: ['qr_code'] }) : null
}

function decode(canvas: HTMLCanvasElement, { image, width, height }: QrSource): string | null {
  const scale = Math.min(1, MAX_SIDE / Math.max(width, height))
  canvas.width = Math.round(width * scale)
  canvas.height = Math.round(height * scale)
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.drawImage(image, 0, 0, canvas.width, canvas.height)
  try {
    return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height))
  } catch {
    // No code, or one that cannot be read.
    return null
  }
}
