/**
 * Deletes the images that no event has any more: replaced and removed ones, those of deleted events, and uploads that were interrupted.
 * An image is first marked, and deleted when it has been out of use for two hours. Pages are shown for up to an hour after they were
 * made (`stale-if-error`), so none that shows the image is left by then.
 */
import { and, asc, eq, isNotNull, isNull, lte, notExists } from 'drizzle-orm'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Queryable } from '../db/mysql.ts'
import { events, images } from '../db/schema.ts'
import { describeError, type Log } from '../runtime/log.ts'
import type { ImageStore } from './images.ts'
import { keysOf } from './stored-image.ts'

type Parts = { db: Database; images: Pick<ImageStore, 'delete'>; log: Log; now(): Date }

export const GRACE_MS = 2 * 3_600_000
/** Images that one run marks, and that it deletes. */
const BATCH = 100

/** Marks and deletes up to a hundred images. Returns how many were deleted. Several origins may do so at the same time. */
export async function collectImages(parts: Pick<Parts, 'db' | 'images' | 'now'>): Promise<number> {
  const { db, now } = parts
  const at = now()
  const unmarked = await db.select({ id: images.id }).from(images)
    .where(and(isNull(images.unusedSince), hasNoEvent(db))).limit(BATCH)
  for (const { id } of unmarked) {
    await db.update(images).set({ unusedSince: at }).where(and(eq(images.id, id), isNull(images.unusedSince)))
  }
  const due = await db.select({ id: images.id }).from(images)
    .where(and(isNotNull(images.unusedSince), lte(images.unusedSince, new Date(at.getTime() - GRACE_MS))))
    .orderBy(asc(images.unusedSince)).limit(BATCH)
  let deleted = 0
  for (const { id } of due) if (await deleteUnused(parts, id)) deleted++
  return deleted
}

const hasNoEvent = (db: Pick<Queryable, 'select'>) =>
  notExists(db.select({ id: events.id }).from(events).where(eq(events.imageId, images.id)))

/**
 * Deletes the files of an image, then its row. The lock of the row keeps an event from taking the image meanwhile. If the process dies, the
 * row remains, and a later run repeats the deletion. Returns whether the image was deleted; one that is in use again loses its mark.
 */
async function deleteUnused({ db, images: store }: Pick<Parts, 'db' | 'images'>, id: number): Promise<boolean> {
  return await db.transaction(async (tx) => {
    const [image] = await tx.select().from(images).where(eq(images.id, id)).for('update')
    if (!image || image.unusedSince === null) return false
    const [user] = await tx.select({ id: events.id }).from(events).where(eq(events.imageId, id)).limit(1)
    if (user) await tx.update(images).set({ unusedSince: null }).where(eq(images.id, id))
    else {
      await Promise.all(keysOf(image).map((key) => store.delete(key)))
      await tx.delete(images).where(eq(images.id, id))
    }
    return !user
  })
}

/** Collects every `everyMs`, at a random time within the first interval, so that origins that start together take turns. */
export function openImageCollection(parts: Parts, everyMs: number): { close(): Promise<void> } {
  const stopped = new AbortController()
  const wait = (ms: number) => sleep(ms, undefined, { signal: stopped.signal }).catch(() => {})

  async function runSchedule() {
    await wait(Math.random() * everyMs)
    while (!stopped.signal.aborted) {
      try {
        const deleted = await collectImages(parts)
        if (deleted > 0) parts.log('images_deleted', { deleted })
      } catch (error) {
        parts.log('image_collection_failed', describeError(error))
      }
      await wait(everyMs)
    }
  }
  const schedule = runSchedule()
  return {
    async close() {
      stopped.abort()
      await schedule
    },
  }
}
