import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { EventImagePage } from '../../web/admin/pages/event-image.tsx'
import { renderPage } from '../../web/render.tsx'
import { eventIdOf, problem, statusOf } from '../http.tsx'
import { readForm } from '../input.ts'
import { describeImage } from '../stored-image.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { readImageForm, readSeen } from './event-image-input.ts'
import { describeImageProblem, explain, invalidFields } from './event-image-problems.ts'
import { changeImage, findEventWithImage, removeImage } from './event-images.ts'

/** The image of an event: upload, replace, describe, remove. */
export const eventImagePages: readonly AdminRoute[] = [
  { method: 'GET', path: '/admin/events/:id/image', permission: 'events.edit', handle: (request) => show(request) },
  { method: 'POST', path: '/admin/events/:id/image', permission: 'events.edit', handle: change },
  { method: 'POST', path: '/admin/events/:id/image/removal', permission: 'events.edit', handle: remove },
]

/** `values`: what the form contained. */
type Refused = { problem: Problem; values?: { alt: string; altEn: string } }

async function show({ c, deps, operator }: AdminRequest, refused?: Refused): Promise<Response> {
  const language = c.get('language')
  const eventId = eventIdOf(c)
  const event = eventId === undefined ? null : await findEventWithImage(deps.db, eventId)
  if (!event) return problem(c, 'not_found')
  const { image } = event
  const done = c.req.query('done')
  const page = (
    <EventImagePage
      language={language}
      viewer={operator}
      event={event}
      current={image && {
        id: image.id,
        url: paths.image(image.key),
        image: describeImage(image, language),
        bytes: image.bytes,
        alt: image.alt,
        altEn: image.altEn,
      }}
      done={!refused && (done === 'image' || done === 'removed') ? done : undefined}
      problem={refused?.problem}
      values={refused?.values}
    />
  )
  return c.html(renderPage(page), refused ? statusOf(refused.problem.code) : 200)
}

async function change(request: AdminRequest): Promise<Response> {
  const { c, deps, actor } = request
  const language = c.get('language')
  const eventId = eventIdOf(c)
  if (eventId === undefined) return problem(c, 'not_found')
  const read = await readImageForm(c)
  if (read.kind === 'invalid') {
    return await show(request, {
      problem: describeImageProblem(language, invalidFields(read.faults, language)),
      values: read.values,
    })
  }
  const result = await changeImage(deps, Object.assign({ eventId, actor }, read.input))
  if (result.kind === 'changed') return c.redirect(`${paths.admin.eventImage(eventId)}?done=image`, 303)
  return await show(request, { problem: describeImageProblem(language, explain(result, language)), values: read.input })
}

async function remove(request: AdminRequest): Promise<Response> {
  const { c, deps, actor } = request
  const eventId = eventIdOf(c)
  if (eventId === undefined) return problem(c, 'not_found')
  const form = await readForm(c)
  const reason = typeof form.reason === 'string' ? form.reason.trim().slice(0, 300) : ''
  const result = await removeImage(deps, { eventId, actor, reason, seen: readSeen(form.seen) })
  if (result.kind === 'changed' || result.kind === 'no_image') {
    return c.redirect(`${paths.admin.eventImage(eventId)}?done=removed`, 303)
  }
  return await show(request, { problem: describeImageProblem(c.get('language'), explain(result, c.get('language'))) })
}
