import type { Genre, ListedStatus, Region } from '../edge/contract/event-filters.ts'
import type { Text } from '../edge/contract/language.ts'

const t = (ko: string, en: string): Text => ({ ko, en })

export const GENRE_NAMES: Record<Genre, Text> = {
  kpop: t('K-POP', 'K-pop'),
  rock: t('록', 'Rock'),
  indie: t('인디', 'Indie'),
  hiphop: t('힙합', 'Hip-hop'),
  jazz: t('재즈', 'Jazz'),
  classical: t('클래식', 'Classical'),
  musical: t('뮤지컬', 'Musicals'),
  theatre: t('연극', 'Theatre'),
  festival: t('페스티벌', 'Festivals'),
  trot: t('트로트', 'Trot'),
  fanmeeting: t('팬미팅', 'Fan meetings'),
}

export const REGION_NAMES: Record<Region, Text> = {
  seoul: t('서울', 'Seoul'),
  gyeonggi: t('경기·인천', 'Gyeonggi and Incheon'),
  gangwon: t('강원', 'Gangwon'),
  chungcheong: t('대전·충청', 'Daejeon and Chungcheong'),
  jeolla: t('광주·전라', 'Gwangju and Jeolla'),
  gyeongsang: t('부산·대구·경상', 'Busan, Daegu and Gyeongsang'),
  jeju: t('제주', 'Jeju'),
  abroad: t('해외', 'Abroad'),
}

export const STATUS_FILTER_NAMES: Record<ListedStatus, Text> = {
  on_sale: t('예매 중', 'On sale'),
  upcoming: t('오픈 예정', 'Opening soon'),
  sold_out: t('매진', 'Sold out'),
  ended: t('예매 종료', 'Ended'),
}
