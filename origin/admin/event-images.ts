/**
 * The image of an event. An upload becomes visible in one step:
 *
 *   decode and encode ──▶ insert its row, marked as unused ──▶ store its files ──▶ give it to the event, with the audit row
 *
 * If the process dies in between, no event has the image, and it is collected like a replaced one (../image-collection.ts). The names of its
 * files are used for no other upload, so they can be cached forever, and deleting them harms no other image.
 */
import { createHash } from 'node:crypto'
import { and, eq, isNull } from 'drizzle-orm'
import type { Queryable } from '../../db/mysql.ts'
import { events, images } from '../../db/schema.ts'
import { type Operator, recordAct } from '../audit-log.ts'
import type { Deps } from '../deps.ts'
import { type ImageRow, keyTemplate, mainKey } from '../stored-image.ts'
import { imageFile } from '../../edge/contract/images.ts'
import type { EncodedImage, ImageFault } from './image-encoder.ts'

type Parts = Pick<Deps, 'db' | 'now' | 'images' | 'imageEncoder' | 'newId' | 'log'>

/** An event with its image, as the pages of operators show it. */
export type EventWithImage = { id: number; title: string; titleEn: string; image: ImageRow | null }

export type ImageChange = {
  eventId: number
  /** The uploaded file; null keeps the image and changes only its description. */
  upload: Uint8Array | null
  alt: string
  altEn: string
  /** The id of the image that the operator has seen, null for none; undefined replaces any image. */
  seen: number | null | undefined
  actor: Operator
}

export type ImageResult =
  | { kind: 'changed'; event: EventWithImage }
  | { kind: 'not_found' }
  /** There is no image to describe or to remove. */
  | { kind: 'no_image' }
  | { kind: 'rejected'; fault: ImageFault }
  /** Somebody else has changed the image. */
  | { kind: 'stale' }
  /** Other images are being encoded; try again. */
  | { kind: 'busy' }

/** An event, also a draft, with its image; null if there is none. `lock` keeps others from changing its image. */
export async function findEventWithImage(
  db: Pick<Queryable, 'select'>,
  eventId: number,
  { lock = false } = {},
): Promise<EventWithImage | null> {
  const query = db.select({ id: events.id, title: events.title, titleEn: events.titleEn, imageId: events.imageId }).from(events)
    .where(and(eq(events.id, eventId), isNull(events.rehearsalOf)))
  const [event] = lock ? await query.for('update') : await query
  if (!event) return null
  const { imageId, ...facts } = event
  const [image] = imageId === null ? [] : await db.select().from(images).where(eq(images.id, imageId))
  return { id: facts.id, title: facts.title, titleEn: facts.titleEn, image: image ?? null }
}

/** Gives an event an uploaded image, or changes the description of its image. Throws StoreUnavailable. */
export async function changeImage(parts: Parts, change: ImageChange): Promise<ImageResult> {
  const { db, imageEncoder } = parts
  const { eventId, upload } = change
  if (!await findEventWithImage(db, eventId)) return { kind: 'not_found' }
  if (!upload) return await apply(parts, change, (tx, before) => describe(tx, before, change))
  const encoding = await imageEncoder.encode(upload)
  if (encoding.kind !== 'encoded') return encoding
  const id = await storeFiles(parts, encoding.image, upload, change)
  return await apply(parts, change, async (tx) => {
    await tx.update(images).set({ unusedSince: null }).where(eq(images.id, id))
    return { imageId: id, action: 'image.replace' }
  })
}

/** Takes the image from an event. Throws StoreUnavailable. */
export const removeImage = (
  parts: Parts,
  change: Pick<ImageChange, 'eventId' | 'seen' | 'actor'> & { reason: string },
): Promise<ImageResult> =>
  apply(parts, change, (_, before) => Promise.resolve(before && { imageId: null, action: 'image.remove' }))

/** Stores the files of an upload, of which no event knows yet. Returns the id of its row. */
async function storeFiles(
  { db, images: store, now, newId }: Parts,
  image: EncodedImage,
  upload: Uint8Array,
  { alt, altEn }: ImageChange,
): Promise<number> {
  const content = createHash('sha256').update(upload).digest('hex').slice(0, 24)
  const template = keyTemplate(`${content}-${newId().slice(-8)}`)
  const [{ insertId }] = await db.insert(images).values({
    key: mainKey(template, image.width),
    contentType: 'image/jpeg',
    bytes: image.files.reduce((sum, { body }) => sum + body.byteLength, 0),
    alt,
    altEn,
    width: image.width,
    height: image.height,
    color: image.color,
    variants: JSON.stringify(image.widths),
    createdAt: now(),
    unusedSince: now(),
  })
  await Promise.all(image.files.map((file) => store.put(imageFile(template, file.width, file.extension), file)))
  return insertId
}

async function describe(tx: Queryable, before: ImageRow | null, { alt, altEn }: ImageChange): Promise<Step | null> {
  if (!before) return null
  await tx.update(images).set({ alt, altEn }).where(eq(images.id, before.id))
  return { imageId: before.id, action: 'image.describe' }
}

/** What changes at the event: the id of its image from now on. */
type Step = { imageId: number | null; action: 'image.replace' | 'image.describe' | 'image.remove' }

/** Changes the image of an event with `step`, which returns null if that needs an image and there is none, and records it. */
async function apply(
  { db, now, log }: Parts,
  { eventId, seen, actor, reason = '' }: Pick<ImageChange, 'eventId' | 'seen' | 'actor'> & { reason?: string },
  step: (tx: Queryable, before: ImageRow | null) => Promise<Step | null>,
): Promise<ImageResult> {
  const result = await db.transaction(async (tx): Promise<ImageResult> => {
    const before = await findEventWithImage(tx, eventId, { lock: true })
    if (!before) return { kind: 'not_found' }
    if (seen !== undefined && seen !== (before.image?.id ?? null)) return { kind: 'stale' }
    const done = await step(tx, before.image)
    if (!done) return { kind: 'no_image' }
    const at = now()
    // Also writes `changed_at`, by which the catalogue notices that a description has changed.
    await tx.update(events).set({ imageId: done.imageId, updatedAt: at }).where(eq(events.id, eventId))
    const after = await findEventWithImage(tx, eventId)
    await recordAct(tx, {
      at,
      actor,
      action: done.action,
      subject: `event:${eventId}`,
      reason,
      detail: { before: summarise(before.image), after: summarise(after!.image) },
    })
    return { kind: 'changed', event: after! }
  })
  if (result.kind === 'changed') log('image_changed', { eventId, actor: actor.id, image: result.event.image?.key ?? null })
  return result
}

/** An image as the audit log keeps it. */
const summarise = (image: ImageRow | null) =>
  image && { key: image.key, bytes: image.bytes, alt: image.alt, altEn: image.altEn, width: image.width, height: image.height }
