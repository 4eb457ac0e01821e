import type { Language, Text } from '../../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

/** The texts of what the waiting page loads after it has appeared. */
const EXTRAS_TEXTS = {
  notify: t('차례가 되면 알림 받기', 'Notify me when it is my turn'),
  notifying: t('차례가 되면 알려 드립니다', 'We will notify you when it is your turn'),
  denied: t('브라우저 설정에서 알림이 차단되어 있습니다', 'Notifications are off in your browser’s settings'),
  leaving: t('%초 뒤에 대기가 취소됩니다. 지금 순서는 되찾을 수 없습니다.', 'You leave the queue in % s and lose your position.'),
  undo: t('계속 대기하기', 'Stay in the queue'),
  drawing: t('순서를 추첨하고 있습니다', 'Drawing everyone’s position'),
  yourNumber: t('내 순서', 'Your number'),
  verify: t('추첨 결과 검증 방법', 'How to verify the draw'),
  verifySteps: t(
    '오픈 전에 공개한 값은 오픈할 때 공개하는 시드로만 만들 수 있습니다. 이 기기에서 시드로 그 값과 내 순서를 다시 계산해 일치하는지 확인했습니다. 아래 값으로 누구나 직접 검증할 수 있습니다.',
    'Only the seed revealed at the opening gives the commitment published before it. Your device has computed the commitment and your position from the seed itself. Anyone can repeat it with these values.',
  ),
  commitment: t('사전 공개값', 'Commitment'),
  seed: t('시드', 'Seed'),
  participants: t('추첨 참여 인원', 'Queue tickets in the draw'),
  ticketIndex: t('내 접수 번호', 'Number of my queue ticket'),
} as const satisfies Record<string, Text>

/** Returns the texts in one language, by name. */
export const extrasWords = (language: Language) => (name: keyof typeof EXTRAS_TEXTS): string => EXTRAS_TEXTS[name][language]
export type ExtrasWords = ReturnType<typeof extrasWords>
