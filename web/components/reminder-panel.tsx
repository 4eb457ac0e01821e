import type { EventDetail } from '../../edge/contract/events.ts'
import type { Language, Text } from '../../edge/contract/language.ts'
import { canRemind, MAX_REMINDERS } from '../../edge/contract/opening-reminders.ts'
import { paths } from '../../edge/contract/paths.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** What a person's reminder of an opening is, and what they can do about it. */
export type ReminderView = { kind: 'off' | 'on'; email: string } | { kind: 'unverified' | 'late' | 'full' }

type PanelProps = { language: Language; event: EventDetail; state: ReminderView }

/**
 * On the event page, which is the same for everyone: the button, while a reminder can be set. For a person who is logged in the page's script
 * has htmx replace it with their own state; without the script the button leads to a page that shows it.
 */
export function ReminderOffer({ language, event }: Omit<PanelProps, 'state'>) {
  if (event.status !== 'upcoming' || !canRemind(Date.parse(event.opensAt), Date.parse(event.serverTime))) return null
  return (
    <section
      id='reminder'
      class='reminder'
      tabindex={-1}
      aria-labelledby='reminder-title'
      hx-get={paths.reminder(event.id)}
      hx-trigger='signed-in'
      hx-swap='outerHTML'
    >
      <h2 id='reminder-title'>{T.title[language]}</h2>
      <ReminderForm event={event} act='set' label={T.set[language]} />
      <p class='muted small'>{T.hint[language]}</p>
    </section>
  )
}

/** The same for one person. */
export function ReminderPanel({ language, event, state }: PanelProps) {
  return (
    <section id='reminder' class='reminder' tabindex={-1} aria-labelledby='reminder-title'>
      <h2 id='reminder-title'>{T.title[language]}</h2>
      <State language={language} event={event} state={state} />
    </section>
  )
}

function State({ language, event, state }: PanelProps) {
  switch (state.kind) {
    case 'off':
      return (
        <>
          <ReminderForm event={event} act='set' label={T.set[language]} />
          <p class='muted small'>{T.hintTo(state.email)[language]}</p>
        </>
      )
    case 'on':
      return (
        <>
          <p class='notice good' role='status'>{T.isSet(state.email)[language]}</p>
          <ReminderForm event={event} act='cancel' label={T.cancel[language]} />
        </>
      )
    case 'unverified':
      return (
        <>
          <p>{T.unverified[language]}</p>
          <p>
            <a class='button secondary' href={paths.account()}>{T.verify[language]}</a>
          </p>
        </>
      )
    case 'late':
      return <p>{T.late[language]}</p>
    case 'full':
      return <p>{T.full[language]}</p>
    default:
      return state satisfies never
  }
}

function ReminderForm({ event: { id }, act, label }: { event: EventDetail; act: 'set' | 'cancel'; label: string }) {
  const path = paths.reminder(id)
  return (
    <form method='post' action={path} hx-post={path} hx-target='#reminder' hx-swap='outerHTML'>
      <input type='hidden' name='act' value={act} />
      <button class='button secondary' type='submit'>{label}</button>
    </form>
  )
}

const T = {
  title: t('오픈 알림 메일', 'Reminder by mail'),
  set: t('메일로 알림 받기', 'Remind me by mail'),
  cancel: t('알림 취소', 'Cancel the reminder'),
  hint: t('예매 오픈 약 30분 전에 메일을 한 번 보내 드립니다.', 'We send one mail about half an hour before the opening.'),
  hintTo: (email: string) =>
    t(
      `예매 오픈 약 30분 전에 ${email}(으)로 메일을 한 번 보내 드립니다.`,
      `We send one mail to ${email} about half an hour before the opening.`,
    ),
  isSet: (email: string) =>
    t(
      `예매 오픈 약 30분 전에 ${email}(으)로 알려 드립니다.`,
      `We will mail ${email} about half an hour before the opening.`,
    ),
  unverified: t(
    '알림 메일을 받으려면 먼저 이메일 주소를 인증해 주세요.',
    'Please verify your e-mail address first, so that we can mail you.',
  ),
  verify: t('이메일 인증하러 가기', 'Verify my e-mail'),
  late: t(
    '오픈이 얼마 남지 않아 메일 알림은 끝났습니다. 공연 페이지에서 기다려 주세요.',
    'The opening is too near for a mail. Keep the event page open instead.',
  ),
  full: t(
    `메일 알림은 공연 ${MAX_REMINDERS}개까지 받을 수 있습니다. 다른 공연의 알림을 취소한 뒤 다시 신청해 주세요.`,
    `You can have reminders of ${MAX_REMINDERS} openings. Cancel one on another event page, then try again.`,
  ),
}
