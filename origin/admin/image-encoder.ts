/**
 * Makes the files of an image from an upload that may be anything. The type is that of the content, whatever the client declares. libvips
 * decodes the picture, and only its pixels are encoded again: metadata, trailing data and whatever else the upload contains is gone.
 */
import pLimit from 'p-limit'
import sharp, { type Sharp } from 'sharp'
import { IMAGE_FORMATS, MAX_IMAGE_FILE_BYTES } from '../../edge/contract/images.ts'

/** Why an upload is not accepted. */
export type ImageFault = 'type' | 'animated' | 'pixels' | 'small' | 'shape' | 'broken'
export type ImageFileBody = { width: number; extension: string; contentType: string; body: Uint8Array }
export type EncodedImage = {
  /** Of the largest file. */
  width: number
  height: number
  /** The dominant colour: `#rrggbb`. */
  color: string
  /** In ascending order. */
  widths: number[]
  files: ImageFileBody[]
}
export type Encoding = { kind: 'encoded'; image: EncodedImage } | { kind: 'rejected'; fault: ImageFault } | { kind: 'busy' }

/** A picture is never enlarged: the widths above its own are left out. */
const WIDTHS = [320, 640, 960, 1280]
const MAX_WIDTH = 1280
const MAX_HEIGHT = 1920
const MIN_SIDE = 200
/** Between the sides. Also keeps the longer side below what WebP can encode. */
const MAX_RATIO = 3
/** A file of a few kilobytes can declare gigabytes of pixels. */
const MAX_PIXELS = 40_000_000
/** Uploads that may be encoded or wait. Each takes seconds of one core. */
const MAX_QUEUED = 4
/** For one call of libvips. */
const MAX_SECONDS = 30

// No other decoder of libvips runs, such as those for SVG, GIF, TIFF and PDF.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif'].map((format) => `VipsForeignLoad${format}Buffer`),
})
// One thread, so that encoding leaves the other cores to the sale.
sharp.concurrency(1)
sharp.cache(false)

export type ImageEncoder = ReturnType<typeof createImageEncoder>

/** Encodes one image at a time. `busy`: too many wait. */
export function createImageEncoder() {
  const limit = pLimit(1)
  return {
    async encode(upload: Uint8Array): Promise<Encoding> {
      if (limit.activeCount + limit.pendingCount >= MAX_QUEUED) return { kind: 'busy' }
      return await limit(() => encode(upload))
    },
  }
}

async function encode(upload: Uint8Array): Promise<Encoding> {
  const format = formatOf(upload)
  if (!format) return { kind: 'rejected', fault: 'type' }
  const fault = await findFault(upload, format)
  if (fault) return { kind: 'rejected', fault }
  const picture = await decode(upload)
  if (!picture) return { kind: 'rejected', fault: 'broken' }
  return { kind: 'encoded', image: await encodeFiles(picture) }
}

type Format = 'jpeg' | 'png' | 'webp' | 'heif'

/** The format by the first bytes of a file; null if it is none of the accepted ones. AVIF is HEIF with the codec AV1. */
function formatOf(bytes: Uint8Array): Format | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 64)).toString('latin1')
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg'
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp'
  if (head.startsWith('ftyp', 4) && /avi[fs]/.test(head.slice(8))) return 'heif'
  return null
}

/** Looks at the head of the file only, which is cheap however many pixels it declares. */
async function findFault(upload: Uint8Array, format: Format): Promise<ImageFault | null> {
  const facts = await sharp(upload, { limitInputPixels: false }).metadata().catch(() => null)
  if (!facts) return 'broken'
  const { width, height, pages = 1 } = facts
  if (facts.format !== format || (format === 'heif' && facts.compression !== 'av1')) return 'type'
  if (pages > 1 || (format === 'png' && isAnimatedPng(upload))) return 'animated'
  if (width * height > MAX_PIXELS) return 'pixels'
  if (Math.min(width, height) < MIN_SIDE) return 'small'
  return Math.max(width, height) > MAX_RATIO * Math.min(width, height) ? 'shape' : null
}

/** Whether a PNG has the chunk `acTL` before its image data (APNG). libvips reads only the first frame. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const control = content.indexOf('acTL')
  return control >= 0 && control < content.indexOf('IDAT')
}

type Picture = { data: Buffer; info: { width: number; height: number; channels: 1 | 2 | 3 | 4 } }

/** The upright pixels in sRGB on white; null if the file is damaged or incomplete. */
async function decode(upload: Uint8Array): Promise<Picture | null> {
  try {
    return await sharp(upload, { limitInputPixels: MAX_PIXELS, failOn: 'error' }).timeout({ seconds: MAX_SECONDS })
      .autoOrient().resize({ width: MAX_WIDTH, height: MAX_HEIGHT, fit: 'inside', withoutEnlargement: true }).flatten({
        background: '#ffffff',
      })
      .toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  } catch {
    return null
  }
}

async function encodeFiles({ data, info: { width, height, channels } }: Picture): Promise<EncodedImage> {
  const raw = { width, height, channels }
  const widths = WIDTHS.filter((variant) => variant < width).concat(width)
  const files: ImageFileBody[] = []
  for (const variant of widths) {
    const resized = sharp(data, { raw }).resize({ width: variant })
    for (const { extension, type } of IMAGE_FORMATS) {
      files.push({ width: variant, extension, contentType: type, body: await encodeBelowLimit(resized, extension) })
    }
  }
  const { dominant } = await sharp(data, { raw }).stats()
  const color = '#' + [dominant.r, dominant.g, dominant.b].map((value) => value.toString(16).padStart(2, '0')).join('')
  return { width, height, color, widths, files }
}

type Extension = (typeof IMAGE_FORMATS)[number]['extension']

/** The share of the usual quality. With the last one even noise is below the limit. */
const QUALITIES = [1, 0.4, 0.15]

/** A file that the edge keeps in its cache: a picture with much detail loses some of its quality. */
async function encodeBelowLimit(picture: Sharp, extension: Extension): Promise<Buffer> {
  let file: Buffer = Buffer.alloc(0)
  for (const share of QUALITIES) {
    file = await encodeAs(picture.clone(), extension, share)
    if (file.length <= MAX_IMAGE_FILE_BYTES) break
  }
  return file
}

/** AVIF with the least effort: more of it takes ten times as long for a tenth fewer bytes. */
function encodeAs(picture: Sharp, extension: Extension, share: number): Promise<Buffer> {
  const quality = (usual: number) => Math.round(usual * share)
  switch (extension) {
    case 'avif':
      return picture.avif({ quality: quality(50), effort: 0 }).toBuffer()
    case 'webp':
      return picture.webp({ quality: quality(75), effort: 3 }).toBuffer()
    case 'jpg':
      return picture.jpeg({ quality: quality(78), progressive: true }).toBuffer()
    default:
      return extension satisfies never
  }
}
