import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { ProblemNotice } from '../../components/notices.tsx'

type PreviewBannerProps = {
  language: Language
  eventId: number
  zone: string
  /** On the venue's clock: `2026-12-24T19:00`. */
  at: string
  isPublished: boolean
  /** Times at which the page changes. */
  moments: { before: string; open: string; closed: string }
  problem?: Problem | undefined
}

/** Stands above a preview: says what it is, and shows it at another time. */
export function PreviewBanner({ language, eventId, zone, at, isPublished, moments, problem }: PreviewBannerProps) {
  return (
    <aside class='preview-banner' aria-label={T.preview[language]}>
      <p>
        <strong>{T.preview[language]}</strong> {T[isPublished ? 'published' : 'draft'][language]}
      </p>
      <ProblemNotice problem={problem} />
      <form method='get' action={paths.admin.previewEvent(eventId)}>
        <label for='at'>{T.at[language]} ({zone})</label>
        <input id='at' name='at' type='datetime-local' step={60} value={at} />
        <button class='button secondary small' type='submit'>{T.show[language]}</button>
      </form>
      <p class='link-row'>
        {(['before', 'open', 'closed'] as const).map((moment) => (
          <a key={moment} href={paths.admin.previewEvent(eventId, moments[moment])}>{T[moment][language]}</a>
        ))}
        <a href={paths.admin.event(eventId)}>{T.back[language]}</a>
      </p>
    </aside>
  )
}

const T = {
  preview: { ko: '미리보기', en: 'Preview' },
  draft: { ko: '아직 게시되지 않아 운영자만 볼 수 있습니다.', en: 'Not published yet: only operators see it.' },
  published: { ko: '게시된 공연입니다.', en: 'This event is published.' },
  at: { ko: '이 시각의 화면', en: 'As it looks at' },
  show: { ko: '보기', en: 'Show' },
  before: { ko: '오픈 1분 전', en: 'A minute before the opening' },
  open: { ko: '오픈 직후', en: 'Just after the opening' },
  closed: { ko: '마감 후', en: 'After the sale' },
  back: { ko: '공연 관리로', en: 'Back to the event' },
} as const satisfies Record<string, Text>
