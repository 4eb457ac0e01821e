import type { Language, Text } from '../../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of what the waiting page loads after it has appeared. */
const EXTRAS_TEXTS = {
  notify: t('차례가 되면 알림 받기', 'Notify me when it is my turn'),
  notifying: t('차례가 되면 알려 드립니다', 'We will notify you when it is your turn'),
  denied: t('브라우저 설정에서 알림이 꺼져 있습니다', 'Notifications are off in your browser’s settings'),
  leaving: t('%초 뒤에 대기를 취소합니다. 순서는 다시 받을 수 없습니다.', 'You leave the queue in % s and lose your position.'),
  undo: t('되돌리기', 'Undo'),
  drawing: t('순서를 추첨하고 있습니다', 'Drawing everyone’s position'),
  yourNumber: t('내 순서', 'Your number'),
  verify: t('추첨 결과 확인 방법', 'How to verify the draw'),
  verifySteps: t(
    '오픈 전에 공개한 값(약속)은 오픈 때 공개한 시드로만 만들 수 있습니다. 이 기기가 시드에서 약속과 내 순서를 직접 계산해 비교했습니다. 아래 값으로 누구나 다시 계산할 수 있습니다.',
    'Only the seed revealed at the opening gives the commitment published before it. Your device has computed the commitment and your position from the seed itself. Anyone can repeat it with these values.',
  ),
  commitment: t('약속', 'Commitment'),
  seed: t('시드', 'Seed'),
  participants: t('참여한 대기표', 'Queue tickets in the draw'),
  ticketIndex: t('내 대기표 번호', 'Number of my queue ticket'),
} as const satisfies Record<string, Text>

/** Returns the texts in one language, by name. */
export const extrasWords = (language: Language) => (name: keyof typeof EXTRAS_TEXTS): string => EXTRAS_TEXTS[name][language]
export type ExtrasWords = ReturnType<typeof extrasWords>
