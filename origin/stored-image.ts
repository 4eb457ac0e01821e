/** How the rows of `images` describe the files of an image, and their keys in the image store. */
import type { images } from '../db/schema.ts'
import { type EventImage, IMAGE_FORMATS, imageFile } from '../edge/contract/images.ts'
import type { Language } from '../edge/contract/language.ts'
import { paths } from '../edge/contract/paths.ts'

export type ImageRow = typeof images.$inferSelect
/** What pages show of an image. */
export type ImageFacts = Pick<ImageRow, 'key' | 'alt' | 'altEn' | 'width' | 'height' | 'color' | 'variants'>

/** The keys of an upload's files, with `{width}` and `{format}`. */
export const keyTemplate = (name: string): string => `events/${name}-{width}.{format}`

/** The key of the file that stands for the whole image: its largest JPEG. */
export const mainKey = (template: string, width: number): string => imageFile(template, width, 'jpg')

/** The template of an image's keys and its widths; null for an image of one file. */
function variantsOf({ key, variants }: Pick<ImageFacts, 'key' | 'variants'>): { template: string; widths: number[] } | null {
  if (variants === null) return null
  return { template: key.replace(/-\d+\.jpg$/, '-{width}.{format}'), widths: JSON.parse(variants) as number[] }
}

/** The keys of all files of an image. */
export function keysOf(image: Pick<ImageFacts, 'key' | 'variants'>): string[] {
  const variants = variantsOf(image)
  if (!variants) return [image.key]
  return variants.widths.flatMap((width) => IMAGE_FORMATS.map(({ extension }) => imageFile(variants.template, width, extension)))
}

/** An image as pages and the API show it; null for none and for an image of one file. */
export function describeImage(image: ImageFacts | null, language: Language): EventImage | null {
  const variants = image && variantsOf(image)
  if (!variants || image.width === null || image.height === null || image.color === null) return null
  return {
    template: paths.image(variants.template),
    widths: variants.widths,
    width: image.width,
    height: image.height,
    alt: language === 'ko' ? image.alt : image.altEn,
    color: image.color,
  }
}
