import sharp from 'sharp'
import { expect, test } from 'vitest'
import { MAX_IMAGE_FILE_BYTES } from '../../edge/contract/images.ts'
import { animatedPng, animation, bomb, PAGE, photo, photoWithExif, polyglot, SVG } from '../../test/image-files.ts'
import { createImageEncoder, type EncodedImage } from './image-encoder.ts'

const { encode } = createImageEncoder()

async function encoded(upload: Uint8Array): Promise<EncodedImage> {
  const result = await encode(upload)
  if (result.kind !== 'encoded') throw new Error(JSON.stringify(result))
  return result.image
}
const faultOf = async (upload: Uint8Array) => {
  const result = await encode(upload)
  return result.kind === 'rejected' ? result.fault : result.kind
}

test('a photo becomes an AVIF, a WebP and a JPEG of each width up to its own', async () => {
  const image = await encoded(await photo({ width: 700, height: 900 }))
  expect([image.width, image.height, image.widths]).toEqual([700, 900, [320, 640, 700]])
  expect(image.files.map(({ width, extension }) => `${width}.${extension}`)).toEqual(
    [320, 640, 700].flatMap((width) => ['avif', 'webp', 'jpg'].map((extension) => `${width}.${extension}`)),
  )
  const codecs = { avif: 'heif', webp: 'webp', jpg: 'jpeg' } as Record<string, string>
  for (const { width, extension, body } of image.files) {
    const facts = await sharp(body).metadata()
    expect([facts.format, facts.width, facts.exif, facts.xmp]).toEqual([codecs[extension], width, undefined, undefined])
  }
  const [red, green, blue] = [1, 3, 5].map((start) => Number.parseInt(image.color.slice(start, start + 2), 16))
  expect(red).toBeGreaterThan(Math.max(green!, blue!) + 50)
})

test.each(['png', 'webp', 'avif'] as const)('takes %s, and never enlarges a picture', async (format) => {
  const { width, widths } = await encoded(await photo({ width: 300, height: 400, format }))
  expect([width, widths]).toEqual([300, [300]])
})

test('a picture of more than 1,280 pixels is reduced', async () => {
  const { width, height, widths } = await encoded(await photo({ width: 1500, height: 500 }))
  expect([width, height, widths]).toEqual([1280, 427, [320, 640, 960, 1280]])
})

test('A114: every file of a picture with as much detail as there can be fits into the cache of the edge', async () => {
  const raw = { width: 1280, height: 1920, channels: 3 } as const
  const noise = Buffer.alloc(raw.width * raw.height * raw.channels)
  for (let i = 0; i < noise.length; i += 65_536) crypto.getRandomValues(noise.subarray(i, i + 65_536))
  const upload = await sharp(noise, { raw }).jpeg({ quality: 95 }).toBuffer()
  const { width, height, files } = await encoded(upload)
  expect([width, height]).toEqual([raw.width, raw.height])
  for (const { extension, body } of files) expect([extension, body.byteLength <= MAX_IMAGE_FILE_BYTES]).toEqual([extension, true])
}, 300_000)

test('a tall picture is reduced to 1,920 pixels of height', async () => {
  const { width, height, widths } = await encoded(await photo({ width: 1200, height: 3000 }))
  expect([width, height, widths]).toEqual([768, 1920, [320, 640, 768]])
})

test('the place, the owner and the orientation of a photo do not survive, and it stands upright', async () => {
  const upload = await photoWithExif()
  expect(upload.includes('Hong Gildong')).toBe(true)
  expect((await sharp(upload).metadata()).orientation).toBe(6)
  const { width, height, files } = await encoded(upload)
  expect([width, height]).toEqual([400, 600])
  for (const { body } of files) {
    const { exif, orientation, icc } = await sharp(body).metadata()
    expect([exif, orientation ?? 1, icc]).toEqual([undefined, 1, undefined])
    expect(Buffer.from(body).includes('Hong Gildong')).toBe(false)
  }
})

test('what follows the picture in a polyglot file does not survive', async () => {
  const upload = await polyglot()
  expect(upload.includes(PAGE)).toBe(true)
  for (const { body } of (await encoded(upload)).files) {
    expect(Buffer.from(body).includes('<script')).toBe(false)
    expect(Buffer.from(body).includes('PK\x05\x06')).toBe(false)
  }
})

test('files of other types are refused, whatever they begin with', async () => {
  const uploads = [
    Buffer.from(SVG),
    Buffer.from(`<?xml version="1.0"?>${SVG}`),
    Buffer.from(PAGE),
    Buffer.from('%PDF-1.7\n'),
    await photo({ format: 'gif' }),
    Buffer.from('PK\x03\x04'),
  ]
  expect(await Promise.all(uploads.slice(0, 3).map(faultOf))).toEqual(['type', 'type', 'type'])
  expect(await Promise.all(uploads.slice(3).map(faultOf))).toEqual(['type', 'type', 'type'])
  // The first bytes of a PNG, and then something else.
  expect(await faultOf(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from(SVG)]))).toBe('broken')
  expect(await faultOf(Buffer.concat([Buffer.from('\xff\xd8\xff', 'latin1'), Buffer.from(SVG)]))).toBe('broken')
})

test('the decoder for SVG is off in this process', async () => {
  await expect(sharp(Buffer.from(SVG)).metadata()).rejects.toThrow()
})

test('a few hundred bytes that declare thousands of millions of pixels are refused by their head', async () => {
  expect(bomb().byteLength).toBeLessThan(1_000)
  expect(await faultOf(bomb())).toBe('pixels')
  // One within the limit is decoded, and found to lack most of its pixels.
  expect(await faultOf(bomb(5_000, 5_000))).toBe('broken')
})

test('truncated and damaged files are refused', async () => {
  const [jpeg, png, webp, avif] = await Promise.all((['jpeg', 'png', 'webp', 'avif'] as const).map((format) => photo({ format })))
  for (const file of [jpeg!, png!, webp!, avif!]) {
    expect(await faultOf(file.subarray(0, Math.floor(file.byteLength * 0.7)))).toBe('broken')
  }
})

test('animations, tiny and very long pictures are refused', async () => {
  expect(await faultOf(await animation())).toBe('animated')
  expect(await faultOf(await animatedPng())).toBe('animated')
  expect(await faultOf(await photo({ width: 199, height: 300 }))).toBe('small')
  expect(await faultOf(await photo({ width: 250, height: 800 }))).toBe('shape')
})

test('one upload is encoded at a time, three wait, and further ones are told to try again', async () => {
  const encoder = createImageEncoder()
  const upload = await photo({ width: 300, height: 400 })
  const kinds = (await Promise.all(Array.from({ length: 6 }, () => encoder.encode(upload)))).map(({ kind }) => kind)
  expect(kinds).toEqual(['encoded', 'encoded', 'encoded', 'encoded', 'busy', 'busy'])
})
