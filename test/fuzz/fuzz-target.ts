import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { inArray } from 'drizzle-orm'
import { inject } from 'vitest'
import { reservations } from '../../db/schema.ts'
import { createApp as createEdgeApp } from '../../edge/app.tsx'
import { readConfig } from '../../edge/config.ts'
import { REQUEST_BATCH_PATH } from '../../edge/contract/request-batch.ts'
import { openDeps as openEdgeDeps } from '../../edge/deps.ts'
import { createApp as createOriginApp } from '../../origin/app.tsx'
import { auditInventory, hasDrift } from '../../origin/inventory-audit.ts'
import { DEFAULT_ROOMS, OPEN_ROOMS, openSite, type Site } from '../site.ts'
import { TOKEN_SECRET } from '../shop.ts'
import { until } from '../until.ts'
import { listRoutes } from './routes.ts'
import { IMAGE, openWorld, type World } from './world.ts'

/** A running shop to fuzz, with its routes. The rooms take one queue ticket per account, or with an odd seed one per anybody. */
export async function openFuzzTarget(seed: number) {
  const site = await openSite({ TRUSTED_PROXIES: '1', ...seed % 2 === 0 ? DEFAULT_ROOMS : OPEN_ROOMS })
  await addImage()
  const world = await openWorld(site.shop, site.edgeUrl)
  const edge = openEdgeDeps(
    readConfig({ ORIGIN_URL: site.originUrl, REDIS_URL: site.shop.redisUrl, TOKEN_SECRET }),
    null,
    () => {},
  )
  const routers = [createEdgeApp(edge), createOriginApp(site.shop)]
  edge.close()
  return { site, world, edgeUrl: site.edgeUrl, routes: listRoutes(routers), close: () => site.close() }
}

/** The image that requests may name. */
async function addImage(): Promise<void> {
  const { s3: { endpoint, region, bucket, accessKeyId, secretAccessKey } } = inject('stores')
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: IMAGE, Body: '<svg/>', ContentType: 'image/svg+xml' }))
  s3.destroy()
}

export type FuzzTarget = Awaited<ReturnType<typeof openFuzzTarget>>

/** What is wrong with the stores after a run: seats that differ, people over their limit, reservations that are missing. */
export async function findDamage({ shop }: Site, { all, booked }: World): Promise<string[]> {
  const damage: string[] = []
  for (const { eventId } of all) {
    let inventory = await auditInventory(shop, eventId)
    await until(async () => {
      inventory = await auditInventory(shop, eventId)
      return inventory.kind === 'not_loaded' ||
        (inventory.kind === 'audited' && inventory.ticketTypes.every(({ inFlight }) => inFlight === 0))
    })
    if (inventory.kind === 'audited' && hasDrift(inventory)) damage.push(`event ${eventId}: ${JSON.stringify(inventory)}`)
  }
  const ids = [...booked]
  for (let start = 0; start < ids.length; start += 1_000) {
    const part = ids.slice(start, start + 1_000)
    const rows = await shop.db.select({ id: reservations.id }).from(reservations).where(inArray(reservations.id, part))
    const found = new Set(rows.map(({ id }) => id))
    damage.push(...part.filter((id) => !found.has(id)).map((id) => `the reservation ${id} is missing`))
  }
  return damage
}

/** The paths that no request reaches: those of the origin that the edge hides, and the end of a rehearsal, since none runs here. */
export const HIDDEN_PATHS: ReadonlySet<string> = new Set([
  '/metrics',
  '/inventory',
  REQUEST_BATCH_PATH,
  '/api/admin/events/:id/rehearsal/stop',
])
