import type { Text } from '../../edge/contract/language.ts'
import { count } from '../format.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of an event's page and of the acts on it. */
export const EVENT_PAGE_TEXTS = {
  edit: t('수정', 'Edit'),
  preview: t('미리보기', 'Preview'),
  inShop: t('예매 사이트에서 보기', 'See it in the shop'),
  untilOpening: t('예매 오픈까지', 'Opens in'),
  done: {
    created: t('공연을 만들었습니다. 아직 게시되지 않았습니다.', 'The event has been created. It is not published yet.'),
    saved: t('저장했습니다.', 'Saved.'),
    published: t('게시했습니다.', 'Published.'),
    stopped: t('판매를 중지했습니다.', 'The sale is stopped.'),
    resumed: t('판매를 다시 시작했습니다.', 'The sale has resumed.'),
    cancelled: t(
      '공연을 취소했습니다. 예매는 지금부터 차례로 취소됩니다.',
      'The event is cancelled. Its reservations are being cancelled now.',
    ),
    duplicated: t('공연을 복사했습니다. 복사본은 아직 게시되지 않았습니다.', 'The event has been copied. The copies are drafts.'),
  },
  cancelled: t('취소된 공연입니다.', 'This event has been cancelled.'),
  progress: (cancelled: number, confirmed: number): Text =>
    confirmed === 0
      ? t(`예매 ${count(cancelled, 'ko')}건이 모두 취소되었습니다.`, `All ${count(cancelled, 'en')} reservations are cancelled.`)
      : t(
        `예매 ${count(cancelled, 'ko')}건을 취소했고, ${count(confirmed, 'ko')}건이 남았습니다. 자동으로 계속됩니다.`,
        `${count(cancelled, 'en')} reservations are cancelled, ${count(confirmed, 'en')} are left. This continues by itself.`,
      ),
  reason: t('사유', 'Reason'),
  message: t('구매자 안내', 'Message to buyers'),
  continue: t('지금 계속하기', 'Continue now'),
  isStopped: t('판매가 중지되어 있습니다.', 'The sale is stopped.'),
  checklist: t('게시하기 전에', 'Before you publish'),
  required: t('꼭 필요합니다', 'required'),
  advised: t('권장', 'advised'),
  sales: t('판매 현황', 'Sales'),
  noTypes: t('아직 좌석 등급이 없습니다.', 'There are no ticket types yet.'),
  ticketType: t('등급', 'Ticket type'),
  sold: t('판매', 'Sold'),
  left: t('남은 좌석', 'Left'),
  facts: t('공연 정보', 'Details'),
  version: t('버전', 'Version'),

  acts: t('작업', 'Actions'),
  publish: t('게시', 'Publish'),
  publishHint: t(
    '예매 사이트에 공개됩니다. 오픈 시각이 되면 자동으로 판매가 시작됩니다.',
    'It appears in the shop, and sells from its opening on by itself.',
  ),
  stop: t('판매 중지', 'Stop the sale'),
  stopHint: t(
    '2초 안에 모든 예매가 멈춥니다. 대기 중인 사람의 순서는 그대로이고, 언제든 다시 시작할 수 있습니다.',
    'All booking stops within two seconds. People in the queue keep their positions, and you can resume at any time.',
  ),
  resume: t('판매 재개', 'Resume the sale'),
  resumeHint: t('2초 안에 예매가 다시 시작됩니다.', 'Booking resumes within two seconds.'),
  duplicate: t('복사', 'Duplicate'),
  duplicateHint: t(
    '같은 공연을 다른 날짜로 만듭니다. 날짜마다 하나씩, 게시되지 않은 상태로 만들어집니다.',
    'Makes the same event on other dates: one draft for each.',
  ),
  dates: t('새 공연 일시', 'New dates'),
  dateHint: t('빈 칸은 무시합니다.', 'Empty fields are ignored.'),
  keepsOpening: t('예매 오픈은 원래 공연과 같은 시각으로', 'Open all of them when this event opens'),
  cancel: t('공연 취소', 'Cancel the event'),
  cancelHint: t(
    '판매가 바로 끝나고, 모든 예매가 취소됩니다. 되돌릴 수 없습니다.',
    'The sale ends at once, and all reservations are cancelled. This cannot be undone.',
  ),
  cancelCount: (confirmed: number): Text =>
    t(`취소될 예매: ${count(confirmed, 'ko')}건`, `Reservations to be cancelled: ${count(confirmed, 'en')}`),
  delete: t('삭제', 'Delete'),
  deleteHint: t(
    '예매가 한 건도 없는 공연만 삭제할 수 있습니다. 되돌릴 수 없습니다.',
    'Only an event that nobody has booked can be deleted. This cannot be undone.',
  ),
} as const
