import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { eq, sql } from 'drizzle-orm'
import { createHash } from 'node:crypto'
import type { Database } from '../../db/mysql.ts'
import { events, images, ledgers, ticketTypes, users } from '../../db/schema.ts'
import { hashPassword, verifyPassword } from '../../runtime/password-hash.ts'
import { addAdmin } from '../../db/first-admin.ts'
import { catalogue, type DemoEvent } from './catalogue.ts'
import { posterColor, posterSvg } from './poster.ts'

type Print = (line: string) => void

/**
 * Fills an empty shop with the demo catalogue and its posters; does nothing when there are events. Inserts all rows in one
 * transaction after storing all posters, so that the next start repeats an interrupted load.
 */
export async function loadDemoCatalogue(db: Database, s3: S3Client, bucket: string, now: Date, print: Print): Promise<void> {
  const [found] = await db.select({ count: sql<number>`count(*)`.mapWith(Number) }).from(events)
  if (found && found.count > 0) return
  const shows = catalogue(now)
  print(`drawing ${shows.length} posters`)
  const posters = shows.map(drawPoster)
  for (let start = 0; start < posters.length; start += 10) {
    await Promise.all(
      posters.slice(start, start + 10).map(({ key, body }) =>
        s3.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: key,
            Body: body,
            ContentType: 'image/svg+xml',
            CacheControl: 'public, max-age=31536000, immutable',
          }),
        )
      ),
    )
  }
  print(`adding ${shows.length} events`)
  await db.transaction(async (tx) => {
    for (const [i, show] of shows.entries()) {
      const poster = posters[i]!
      const [image] = await tx.insert(images)
        .values({
          key: poster.key,
          contentType: 'image/svg+xml',
          bytes: poster.body.byteLength,
          color: posterColor(show),
          createdAt: now,
        })
      await addEvent(tx, show, { imageId: image.insertId, now })
    }
  })
}

/** Adds a published event with its ticket types and its ledger; returns its id. */
export async function addEvent(
  db: Pick<Database, 'insert'>,
  show: Omit<DemoEvent, 'genre' | 'look' | 'region'> & Partial<Pick<DemoEvent, 'genre' | 'region'>>,
  { imageId = null, now }: { imageId?: number | null; now: Date },
): Promise<number> {
  const { ticketTypes: types, ...facts } = show
  const [event] = await db.insert(events).values({
    title: facts.title,
    titleEn: facts.titleEn,
    venue: facts.venue,
    venueEn: facts.venueEn,
    genre: facts.genre ?? null,
    region: facts.region ?? null,
    startsAt: facts.startsAt,
    opensAt: facts.opensAt,
    closesAt: facts.closesAt,
    limitPerPerson: facts.limitPerPerson,
    imageId,
    published: true,
    createdAt: now,
    updatedAt: now,
  })
  await db.insert(ticketTypes).values(types.map((type, sortOrder) => ({ eventId: event.insertId, sortOrder, ...type })))
  await db.insert(ledgers).values({ eventId: event.insertId })
  return event.insertId
}

/** Makes the admin's account, or sets its password. */
export async function ensureAdmin(
  db: Database,
  admin: { email: string; password: string },
  now: Date,
  print: Print,
): Promise<void> {
  const [found] = await db.select().from(users).where(eq(users.email, admin.email))
  if (found && await verifyPassword(admin.password, found.passwordHash)) return
  print(`${found ? 'changing' : 'adding'} the admin ${admin.email}`)
  if (!found) return await addAdmin(db, admin, now)
  await db.update(users).set({ passwordHash: await hashPassword(admin.password), role: 'owner' }).where(eq(users.id, found.id))
}

/** Makes the bucket unless it exists. */
export async function makeBucket(s3: S3Client, bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  } catch (error) {
    if (!['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as Error).name)) throw error
  }
}

function drawPoster(show: DemoEvent): { key: string; body: Uint8Array } {
  const body = new TextEncoder().encode(posterSvg(show))
  return { key: `posters/${createHash('sha256').update(body).digest('hex').slice(0, 24)}.svg`, body }
}
