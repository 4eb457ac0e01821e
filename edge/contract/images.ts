/** The formats of an image's files, the best compression first. A browser takes the first one that it knows. */
export const IMAGE_FORMATS = [
  { extension: 'avif', type: 'image/avif' },
  { extension: 'webp', type: 'image/webp' },
  { extension: 'jpg', type: 'image/jpeg' },
] as const

/** An event's image, which exists in several widths and formats. */
export type EventImage = {
  /** The path of a file, with `{width}` and `{format}`: one of `widths`, and `avif`, `webp` or `jpg`. */
  template: string
  /** In ascending order. */
  widths: number[]
  /** Of the largest file. */
  width: number
  height: number
  alt: string
  /** The dominant colour, as `#rrggbb`. */
  color: string
}

/** The greatest size of a file in bytes: what the edge keeps in its cache. */
export const MAX_IMAGE_FILE_BYTES = 1024 * 1024

/** The path of one file of an image. */
export const imageFile = (template: string, width: number, extension: string): string =>
  template.replace('{width}', String(width)).replace('{format}', extension)
