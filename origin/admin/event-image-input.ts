import * as z from 'zod'
import { MAX_IMAGE_BYTES } from '../../edge/contract/uploads.ts'
import { type Ctx } from '../http.tsx'
import { readForm, readQuery } from '../input.ts'
import type { ImageChange } from './event-images.ts'
import type { ImageFieldFault } from './event-image-problems.ts'

export type ImageInput = Pick<ImageChange, 'upload' | 'alt' | 'altEn' | 'seen'>
/** `values`: what the form contained, to show it again. */
export type ReadImage =
  | { kind: 'read'; input: ImageInput }
  | { kind: 'invalid'; faults: ImageFieldFault[]; values: { alt: string; altEn: string } }

const alt = z.string().trim().min(1).max(200)
/** An image's id; empty for none. */
const seen = z.union([z.literal('').transform(() => null), z.string().regex(/^[1-9]\d{0,14}$/).transform(Number)]).optional()

/** Reads the form of an image, with the file in `image`. An empty file is none, as a browser sends it. */
export async function readImageForm(c: Ctx): Promise<ReadImage> {
  const form = await readForm(c)
  const file = form.image instanceof File && form.image.size > 0 ? form.image : null
  const isRepeated = Array.isArray(form.image)
  return check(form, file && new Uint8Array(await file.arrayBuffer()), isRepeated)
}

/** Reads an image from the body of a request, with the other fields in its query. */
export async function readImageBody(c: Ctx): Promise<ReadImage> {
  const body = new Uint8Array(await c.req.arrayBuffer())
  return check(readQuery(c), body.byteLength > 0 ? body : null, false)
}

/** An image's id in a form, or undefined if it has none that is valid. */
export const readSeen = (value: unknown): number | null | undefined => seen.safeParse(value).data

function check(fields: Record<string, unknown>, upload: Uint8Array | null, isRepeated: boolean): ReadImage {
  const [ko, en] = [alt.safeParse(fields.alt), alt.safeParse(fields.altEn)]
  const isTooLarge = upload !== null && upload.byteLength > MAX_IMAGE_BYTES
  const faults: ImageFieldFault[] = []
  if (isTooLarge || isRepeated) faults.push({ field: 'image', fault: isTooLarge ? 'too_large' : 'missing' })
  if (!ko.success) faults.push({ field: 'alt', fault: 'alt' })
  if (!en.success) faults.push({ field: 'altEn', fault: 'alt' })
  if (faults.length === 0) {
    return { kind: 'read', input: { upload, alt: ko.data!, altEn: en.data!, seen: readSeen(fields.seen) } }
  }
  const text = (value: unknown) => typeof value === 'string' ? value.slice(0, 200) : ''
  return { kind: 'invalid', faults, values: { alt: text(fields.alt), altEn: text(fields.altEn) } }
}
