import { Hono } from 'hono'
import { wantsFragment } from '../../edge/contract/fragments.ts'
import { paths } from '../../edge/contract/paths.ts'
import { ReminderPanel } from '../../web/components/reminder-panel.tsx'
import { ReminderPage } from '../../web/pages/reminder.tsx'
import { ReminderStopPage } from '../../web/pages/reminder-stop.tsx'
import { renderFragment, renderPage } from '../../web/render.tsx'
import { findEvent } from '../catalogue.ts'
import type { Deps } from '../deps.ts'
import { type Ctx, type Env, eventIdOf, personal, problem } from '../http.tsx'
import { readForm, readQuery } from '../input.ts'
import { cancelAllReminders, cancelReminder, readReminder, setReminder, verifyReminderStop } from '../reminders.ts'
import { withMysql } from './with-mysql.ts'

/** Reminders of openings by mail: a page of its own, which is also a part of the event page, and the link of their mails. */
export const reminders = (deps: Deps) =>
  new Hono<Env>()
    .get(paths.reminder(':id'), withMysql(deps, (c) => showReminder(c, deps)))
    .post(paths.reminder(':id'), withMysql(deps, (c) => changeReminder(c, deps)))
    // Opening the link changes nothing: programs that look at the links of a mail would stop every reminder.
    .get(paths.reminderStop(), (c) => showStop(c, deps))
    .post(paths.reminderStop(), withMysql(deps, (c) => stopAll(c, deps)))

async function showReminder(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const [eventId, person, language] = [eventIdOf(c), c.get('person'), c.get('language')]
  const event = eventId === undefined ? null : await findEvent(deps, language, eventId)
  if (!event) return problem(c, 'not_found')
  if (!person) return c.redirect(paths.login(paths.reminder(event.id)), 303)
  const state = await readReminder(deps, event.id, person.id)
  if (!state) return problem(c, 'not_found')
  const panel = <ReminderPanel language={language} event={event} state={state} />
  if (wantsFragment(c.req.raw.headers)) return c.html(renderFragment(panel))
  return c.html(renderPage(<ReminderPage language={language} event={event} state={state} />))
}

async function changeReminder(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const [eventId, person, language] = [eventIdOf(c), c.get('person'), c.get('language')]
  if (eventId === undefined) return problem(c, 'not_found')
  if (!person) return c.redirect(paths.login(paths.reminder(eventId)), 303)
  const { act } = await readForm(c)
  if (act === 'cancel') await cancelReminder(deps, eventId, person.id)
  else if (!await setReminder(deps, { eventId, userId: person.id, language })) return problem(c, 'not_found')
  return wantsFragment(c.req.raw.headers) ? await showReminder(c, deps) : c.redirect(paths.reminder(eventId), 303)
}

function showStop(c: Ctx, deps: Deps): Response {
  personal(c)
  const token = linkTokenOf(c)
  if (verifyReminderStop(deps, token) === null) return problem(c, 'link_expired')
  return c.html(renderPage(<ReminderStopPage language={c.get('language')} token={token!} isDone={false} />))
}

/** The token is in the address, also when a mail program posts (RFC 8058), which follows no redirect. */
async function stopAll(c: Ctx, deps: Deps): Promise<Response> {
  personal(c)
  const token = linkTokenOf(c)
  const userId = verifyReminderStop(deps, token)
  if (userId === null) return problem(c, 'link_expired')
  await cancelAllReminders(deps, userId)
  return c.html(renderPage(<ReminderStopPage language={c.get('language')} token={token!} isDone />))
}

/** The token of the link; a repeated parameter is invalid. */
function linkTokenOf(c: Ctx): string | undefined {
  const { token } = readQuery(c)
  return typeof token === 'string' ? token : undefined
}
