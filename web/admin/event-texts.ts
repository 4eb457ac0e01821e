import type { AdminEventStatus, ChecklistItem } from '../../edge/contract/admin-events.ts'
import type { Language, Text } from '../../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

export const STATUS_NAMES: Record<AdminEventStatus, Text> = {
  draft: t('작성 중', 'Draft'),
  upcoming: t('오픈 예정', 'Upcoming'),
  on_sale: t('판매 중', 'On sale'),
  stopped: t('판매 중지', 'Stopped'),
  sold_out: t('매진', 'Sold out'),
  closed: t('판매 종료', 'Closed'),
  cancelled: t('공연 취소', 'Cancelled'),
}

export const CHECKLIST: Record<ChecklistItem['part'], Text> = {
  titles: t('공연명 (한국어, 영어)', 'Title in Korean and English'),
  venues: t('장소 (한국어, 영어)', 'Venue in Korean and English'),
  ticketTypes: t('좌석 등급과 두 언어의 이름', 'Ticket types, named in both languages'),
  seats: t('판매할 좌석', 'Seats to sell'),
  closing: t('예매 마감이 아직 지나지 않음', 'The sale closes in the future'),
  opening: t(
    '예매 오픈이 아직 지나지 않음 (지났다면 게시 즉시 판매)',
    'The sale opens in the future (otherwise it sells at once)',
  ),
  poster: t('포스터', 'Poster'),
  notice: t('관람 연령과 환불 규정', 'Age limit and refund rules'),
}

/** The names of the form's fields. */
export const FIELD_NAMES: Record<string, Text> = {
  title: t('공연명 (한국어)', 'Title (Korean)'),
  titleEn: t('공연명 (영어)', 'Title (English)'),
  venue: t('장소 (한국어)', 'Venue (Korean)'),
  venueEn: t('장소 (영어)', 'Venue (English)'),
  genre: t('장르', 'Genre'),
  region: t('지역', 'Region'),
  zone: t('시간대', 'Time zone'),
  startsAt: t('공연 시작', 'Event starts'),
  opensAt: t('예매 오픈', 'Sale opens'),
  closesAt: t('예매 마감', 'Sale closes'),
  limitPerPerson: t('1인당 구매 한도 (매)', 'Tickets per person'),
  runningTime: t('관람 시간', 'Running time'),
  age: t('관람 연령', 'Age'),
  cast: t('출연', 'Cast'),
  refund: t('취소·환불 규정', 'Refund rules'),
  name: t('등급 이름 (한국어)', 'Name (Korean)'),
  nameEn: t('등급 이름 (영어)', 'Name (English)'),
  price: t('가격 (원)', 'Price (won)'),
  seats: t('좌석 수', 'Seats'),
}

/** What buyers notice when a field of a published event changes. */
export const WARNINGS: Record<string, Text> = {
  title: t('이미 예매한 사람에게도 바뀐 공연명이 표시됩니다.', 'People who have booked see the new title, too.'),
  venue: t('이미 예매한 사람에게 장소 변경을 따로 알려 주세요.', 'Tell the people who have booked about the new venue.'),
  zone: t('시계 시각은 그대로이고 실제 시각이 바뀝니다.', 'Times keep their place on the clock, so the actual instants move.'),
  startsAt: t(
    '이미 예매한 사람에게 날짜 변경을 따로 알려 주세요. 취소 마감도 함께 바뀝니다.',
    'Tell the people who have booked. The deadline for cancelling moves with it.',
  ),
  opensAt: t(
    '대기실에 이미 들어온 사람이 있을 수 있습니다. 오픈 시각이 바로 바뀝니다.',
    'People may be in the waiting room already. The opening moves at once.',
  ),
  closesAt: t('마감을 지난 시각으로 바꾸면 판매가 바로 끝납니다.', 'A time in the past ends the sale at once.'),
  limitPerPerson: t(
    '한도를 낮춰도 이미 예매한 표는 그대로입니다.',
    'A lower limit leaves the tickets that people hold already.',
  ),
  price: t('지금부터의 예매에만 적용됩니다.', 'It applies to bookings from now on.'),
  seats: t(
    '늘린 좌석은 바로 판매됩니다. 판매된 좌석보다 적게 줄일 수는 없습니다.',
    'Added seats are on sale at once. The number cannot fall below the seats that are sold.',
  ),
}

/** The name of a field by its key, as `FieldChange` has it. `types`: names of ticket types by id. */
export function nameOfField(key: string, language: Language, types: Map<string, string>): string {
  const [group, id, field] = key.split('.')
  if (group === 'notice') return `${FIELD_NAMES[id!]![language]} (${LANGUAGE_NAMES[field === 'en' ? 'en' : 'ko'][language]})`
  if (group !== 'type') return FIELD_NAMES[key]?.[language] ?? key
  const type = id!.startsWith('new') ? NEW_TYPE[language] : types.get(id!) ?? id!
  return `${type} · ${FIELD_NAMES[field!]![language]}`
}

/** The warning about a field, by the last part of its key. */
export const warningOf = (key: string): Text | undefined => {
  const field = key.split('.').at(-1)!
  return key.startsWith('notice.') ? undefined : WARNINGS[field.replace(/En$/, '')]
}

const LANGUAGE_NAMES: Record<Language, Text> = { ko: t('한국어', 'Korean'), en: t('영어', 'English') }
const NEW_TYPE = t('새 등급', 'New ticket type')
