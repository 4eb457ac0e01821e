import { paths } from '../../edge/contract/paths.ts'
import { type Ctx, eventIdOf, problem } from '../http.tsx'
import { describeImage } from '../stored-image.ts'
import type { AdminRoute } from './admin-route.ts'
import { readImageBody, readImageForm, readSeen } from './event-image-input.ts'
import { explain, invalidFields } from './event-image-problems.ts'
import { changeImage, type ImageResult, removeImage } from './event-images.ts'

/**
 * The image of an event. PUT takes a form (`image`, `alt`, `altEn`), or the file as body with `alt` and `altEn` in the query; whatever type is
 * declared, the content decides. `seen`: the id of the image to replace or to remove; without it, whichever there is.
 */
export const eventImageApi: readonly AdminRoute[] = [
  {
    method: 'PUT',
    path: '/api/admin/events/:id/image',
    permission: 'events.edit',
    async handle({ c, deps, actor }) {
      const eventId = eventIdOf(c)
      if (eventId === undefined) return problem(c, 'not_found')
      const isForm = /^multipart\/form-data\b/i.test(c.req.header('content-type') ?? '')
      const read = await (isForm ? readImageForm(c) : readImageBody(c))
      if (read.kind === 'invalid') return problem(c, ...invalidFields(read.faults, c.get('language')))
      return respond(c, await changeImage(deps, Object.assign({ eventId, actor }, read.input)))
    },
  },
  {
    method: 'DELETE',
    path: '/api/admin/events/:id/image',
    permission: 'events.edit',
    async handle({ c, deps, actor }) {
      const eventId = eventIdOf(c)
      if (eventId === undefined) return problem(c, 'not_found')
      const result = await removeImage(deps, { eventId, actor, reason: '', seen: readSeen(c.req.query('seen')) })
      return result.kind === 'changed' || result.kind === 'no_image' ? c.body(null, 204) : respond(c, result)
    },
  },
]

function respond(c: Ctx, result: ImageResult): Response {
  const language = c.get('language')
  if (result.kind !== 'changed') return problem(c, ...explain(result, language))
  const { id, image } = result.event
  return c.json({
    eventId: id,
    imageId: image?.id ?? null,
    imageUrl: image && paths.image(image.key),
    image: describeImage(image, language),
  })
}
