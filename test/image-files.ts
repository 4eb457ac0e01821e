/** Image files for tests: a photo, and files made to harm who reads them. */
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

/** A picture of coloured gradients with noise, upright, in red at the top left. */
export async function photo({ width = 300, height = 400, format = 'jpeg' as 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' } = {}) {
  return await picture(width, height).toFormat(format).toBuffer()
}

/** A photo that is stored lying on its side, taken at 37°34′N 126°59′E by a camera that names its owner. */
export async function photoWithExif(): Promise<Buffer> {
  return await picture(600, 400).withExif({
    IFD0: { Artist: 'Hong Gildong', Orientation: '6' },
    IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '37/1 34/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '126/1 59/1 0/1' },
  }).withMetadata({ orientation: 6 }).jpeg().toBuffer()
}

function picture(width: number, height: number) {
  const data = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      data[at] = 255 - Math.floor(120 * y / height)
      data[at + 1] = Math.floor(90 * x / width) + ((x * y) & 7)
      data[at + 2] = 20
    }
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** An animation of two frames. */
export async function animation(): Promise<Buffer> {
  const frames = await Promise.all(
    ['#ff0000', '#0000ff'].map((background) =>
      sharp({ create: { width: 300, height: 400, channels: 3, background } }).png().toBuffer()
    ),
  )
  return await sharp(frames, { join: { animated: true } }).webp({ loop: 0, delay: [100, 100] }).toBuffer()
}

/** A photo followed by a page with a script and by the end of an empty ZIP archive: valid as each of the three. */
export async function polyglot(): Promise<Buffer> {
  const zip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)])
  return Buffer.concat([await photo(), Buffer.from(PAGE), zip])
}
export const PAGE = '<!doctype html><script>alert(document.cookie)</script>'

export const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="800"><script>alert(1)</script></svg>`

/** A PNG of less than a kilobyte that declares 2.5 thousand million pixels, or as many as given. */
export function bomb(width = 50_000, height = 50_000): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc(100_000))
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))])
}

/** A PNG that libvips would show as its first frame: the chunk `acTL` makes it an animation. */
export async function animatedPng(): Promise<Buffer> {
  const png = await photo({ format: 'png' })
  const start = png.indexOf('IDAT') - 4
  return Buffer.concat([png.subarray(0, start), chunk('acTL', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])), png.subarray(start)])
}

function chunk(type: string, data: Buffer): Buffer {
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(data, crc32(type)))
  return Buffer.concat([length, Buffer.from(type), data, sum])
}
