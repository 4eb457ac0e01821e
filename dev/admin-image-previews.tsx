import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import { describeProblem } from '../edge/contract/problems.ts'
import { IMAGE_FAULTS } from '../web/admin/image-texts.ts'
import { type CurrentImage, EventImagePage } from '../web/admin/pages/event-image.tsx'

/** The page of an event's image in each state. */
export function imagePreviews(language: Language, event: { id: number; title: string; titleEn: string }): Record<string, VNode> {
  const props = { language, viewer: { nickname: '관리자', role: 'owner' as const }, event }
  const current: CurrentImage = {
    id: 7,
    url: '/images/events/a-1280.jpg',
    image: {
      template: '/images/events/a-{width}.{format}',
      widths: [320, 640, 960, 1280],
      width: 1280,
      height: 1707,
      alt: '빨간 무대 위의 가수',
      color: '#b33a2e',
    },
    bytes: 812_345,
    alt: '빨간 무대 위의 가수 <b>',
    altEn: 'A singer on a red "stage"',
  }
  const problem = describeProblem('validation_failed', language, {
    errors: [{ field: 'image', message: IMAGE_FAULTS.type[language] }, { field: 'alt', message: IMAGE_FAULTS.alt[language] }],
  })
  return {
    'admin image, none': <EventImagePage {...props} current={null} />,
    'admin image': <EventImagePage {...props} current={current} done='image' />,
    'admin image, drawing': <EventImagePage {...props} current={Object.assign({}, current, { image: null })} />,
    'admin image, refused': (
      <EventImagePage
        {...props}
        current={null}
        problem={problem}
        values={{ alt: '', altEn: 'A singer' }}
      />
    ),
  }
}
