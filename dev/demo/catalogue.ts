import type { Genre as ShopGenre, Region } from '../../edge/contract/event-filters.ts'

/** The demo has no plays. */
export type Genre = Exclude<ShopGenre, 'theatre'>

export type DemoEvent = {
  title: string
  titleEn: string
  venue: string
  venueEn: string
  genre: Genre
  /** The number of events of the genre before it, which chooses the art of its poster. */
  look: number
  region: Region
  startsAt: Date
  opensAt: Date
  closesAt: Date
  limitPerPerson: number
  /** The best ticket type first; prices in whole won. */
  ticketTypes: { name: string; nameEn: string; price: number; seats: number }[]
}

/**
 * The demo catalogue: 100 invented events, the same for the same `now`. At `now` 10 are over, 50 are on sale, 12 open within
 * the next hours (the first after two to three minutes) and 28 open on later days. Five have 100,000 seats, the others 50,000.
 */
export function catalogue(now: Date): DemoEvent[] {
  const looks = new Map<Genre, number>()
  return rows.map(([genre, title, titleEn, venueKey, performance, opening, grades, { limit = 4, seats = 50_000 } = {}]) => {
    const [venue, venueEn] = venues[venueKey]
    const startsAt = performanceTime(now, performance)
    const look = looks.get(genre) ?? 0
    looks.set(genre, look + 1)
    return {
      title,
      titleEn,
      venue,
      venueEn,
      genre,
      look,
      region: regions[venueKey] ?? 'seoul',
      startsAt,
      opensAt: openingTime(now, opening),
      closesAt: closingTime(startsAt, genre),
      limitPerPerson: limit,
      ticketTypes: grades.map(({ percent, ...grade }) => ({ ...grade, seats: seats / 100 * percent })),
    }
  })
}

const venues = {
  hanbit: ['서울 한빛주경기장', 'Hanbit Main Stadium, Seoul'],
  saebit: ['서울 새빛돔', 'Saebit Dome, Seoul'],
  maru: ['서울 마루아레나', 'Maru Arena, Seoul'],
  gaon: ['서울 가온아트센터 대극장', 'Gaon Arts Center Grand Theater, Seoul'],
  namsan: ['서울 남산소리극장', 'Namsan Sori Theater, Seoul'],
  mapo: ['서울 마포라이브홀', 'Mapo Live Hall, Seoul'],
  seongsu: ['서울 성수벽돌홀', 'Brick Hall Seongsu, Seoul'],
  nanji: ['서울 난지 강변무대', 'Nanji Riverside Stage, Seoul'],
  haeun: ['부산 해운아레나', 'Haeun Arena, Busan'],
  gwangan: ['부산 광안 바다무대', 'Gwangan Sea Stage, Busan'],
  dongbaek: ['부산 동백문화회관 대극장', 'Dongbaek Culture Center, Busan'],
  dalbit: ['대구 달빛돔', 'Dalbit Dome, Daegu'],
  suseong: ['대구 수성콘서트홀', 'Suseong Concert Hall, Daegu'],
  songdo: ['인천 송도 수변공원 야외무대', 'Songdo Waterfront Park Stage, Incheon'],
  haneul: ['인천 하늘아레나', 'Haneul Arena, Incheon'],
  bitgoeul: ['광주 빛고을음악당', 'Bitgoeul Music Hall, Gwangju'],
  mudeung: ['광주 무등아레나', 'Mudeung Arena, Gwangju'],
  hanbat: ['대전 한밭돔', 'Hanbat Dome, Daejeon'],
  gapcheon: ['대전 갑천 잔디광장', 'Gapcheon Lawn, Daejeon'],
  windhill: ['제주 바람언덕 야외극장', 'Windhill Amphitheater, Jeju'],
  tamna: ['제주 탐라홀', 'Tamna Hall, Jeju'],
  lake: ['고양 호수스타디움', 'Lake Stadium, Goyang'],
  paldal: ['수원 팔달아트홀', 'Paldal Art Hall, Suwon'],
  taehwa: ['울산 태화강 정원무대', 'Taehwa Garden Stage, Ulsan'],
  hoban: ['춘천 호반야외음악당', 'Hoban Bandshell, Chuncheon'],
  hanok: ['전주 한옥 소리마당', 'Hanok Sori Madang, Jeonju'],
  solhyang: ['강릉 솔향아트센터', 'Solhyang Arts Center, Gangneung'],
} as const satisfies Record<string, readonly [venue: string, venueEn: string]>

/** The region of each venue that is not in Seoul. */
const regions: Partial<Record<keyof typeof venues, Region>> = {
  haeun: 'gyeongsang',
  gwangan: 'gyeongsang',
  dongbaek: 'gyeongsang',
  dalbit: 'gyeongsang',
  suseong: 'gyeongsang',
  taehwa: 'gyeongsang',
  songdo: 'gyeonggi',
  haneul: 'gyeonggi',
  lake: 'gyeonggi',
  paldal: 'gyeonggi',
  bitgoeul: 'jeolla',
  mudeung: 'jeolla',
  hanok: 'jeolla',
  hanbat: 'chungcheong',
  gapcheon: 'chungcheong',
  windhill: 'jeju',
  tamna: 'jeju',
  hoban: 'gangwon',
  solhyang: 'gangwon',
}

type Grade = { name: string; nameEn: string; price: number; percent: number }
type Hour = `${number}:${'00' | '30'}`

type Row = [
  genre: Genre,
  title: string,
  titleEn: string,
  venue: keyof typeof venues,
  /** Weeks from the running week (Monday to Sunday), day, Seoul time. */
  performance: `${number} ${typeof weekdays[number]} ${Hour}`,
  /** Minutes or hours from now, or days from today and Seoul time. */
  opening: `${number}m` | `${number}h` | `${number}d ${18 | 20}:00`,
  grades: Grade[],
  exceptions?: { limit?: 2; seats?: 100_000 },
]

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** Korea has no daylight saving time. */
const seoulOffset = 9 * hour

function performanceTime(now: Date, performance: Row[4]): Date {
  const [weeks, weekday, time] = performance.split(' ') as [string, typeof weekdays[number], Hour]
  const today = Math.floor((now.getTime() + seoulOffset) / day)
  const daysSinceMonday = (today + 3) % 7
  return seoulTime(today - daysSinceMonday + 7 * Number(weeks) + weekdays.indexOf(weekday), time)
}

function openingTime(now: Date, opening: Row[5]): Date {
  const amount = Number.parseInt(opening)
  if (opening.endsWith('m')) return new Date(Math.ceil(now.getTime() / minute) * minute + amount * minute)
  if (opening.endsWith('h')) return new Date(Math.ceil(now.getTime() / hour) * hour + amount * hour)
  return seoulTime(Math.floor((now.getTime() + seoulOffset) / day) + amount, opening.slice(-5))
}

/** Theatres and concert halls sell until two hours before; the others stop at 17:00 the day before. */
function closingTime(startsAt: Date, genre: Genre): Date {
  if (genre === 'jazz' || genre === 'classical' || genre === 'musical') return new Date(startsAt.getTime() - 2 * hour)
  return seoulTime(Math.floor((startsAt.getTime() + seoulOffset) / day) - 1, '17:00')
}

function seoulTime(daysSinceEpoch: number, time: string): Date {
  const [hours, minutes] = time.split(':')
  return new Date(daysSinceEpoch * day + Number(hours) * hour + Number(minutes) * minute - seoulOffset)
}

// Ticket types by their prices in thousands of won, the best first.

const vip = { name: 'VIP석', nameEn: 'VIP' }
const royal = { name: 'R석', nameEn: 'R' }
const special = { name: 'S석', nameEn: 'S' }
const regular = { name: 'A석', nameEn: 'A' }
const standing = { name: '스탠딩', nameEn: 'Standing' }
const seated = { name: '지정석', nameEn: 'Reserved seat' }

const graded = (names: { name: string; nameEn: string }[], percents: number[]) => (...thousands: number[]): Grade[] =>
  names.map((name, i) => ({ ...name, price: thousands[i]! * 1000, percent: percents[i]! }))

const vrsa: (v: number, r: number, s: number, a: number) => Grade[] = graded([vip, royal, special, regular], [12, 28, 32, 28])
const vrs: (v: number, r: number, s: number) => Grade[] = graded([vip, royal, special], [20, 40, 40])
const rsa: (r: number, s: number, a: number) => Grade[] = graded([royal, special, regular], [30, 40, 30])
const rs: (r: number, s: number) => Grade[] = graded([royal, special], [45, 55])
const floor: (standing: number, seated: number) => Grade[] = graded([standing, seated], [40, 60])
const floorWithVip: (vip: number, standing: number, seated: number) => Grade[] = graded([vip, standing, seated], [8, 36, 56])
const passes: (both: number, one: number) => Grade[] = graded(
  [{ name: '양일권', nameEn: '2-day pass' }, { name: '1일권', nameEn: '1-day pass' }],
  [60, 40],
)
const fans: (hello: number, seated: number) => Grade[] = graded([{ name: '배웅회석', nameEn: 'Seat with farewell' }, seated], [
  10,
  90,
])
const lawn: (reserved: number, open: number) => Grade[] = graded([seated, { name: '잔디 자유석', nameEn: 'Open lawn' }], [30, 70])
const all: (price: number) => Grade[] = graded([{ name: '전석', nameEn: 'All seats' }], [100])

// deno-fmt-ignore
const rows: Row[] = [
  // Over.
  ['indie', '골목 끝 라디오: 마지막 주파수', 'Radio at the End of the Alley: Last Frequency', 'mapo', '-1 fri 20:00', '-45d 20:00', all(66)],
  ['kpop', '체리코드 데뷔 쇼케이스: 비밀번호는 빨강', 'CHERRYCODE Debut Showcase: The Password Is Red', 'maru', '-1 sat 18:00', '-38d 20:00', floor(99, 88), { limit: 2 }],
  ['jazz', '비 오는 화요일의 트리오', 'Trio for a Rainy Tuesday', 'seongsu', '-1 tue 19:30', '-50d 18:00', rs(77, 55)],
  ['classical', '해 질 녘의 피아노', 'Piano at Dusk', 'bitgoeul', '-2 sun 17:30', '-60d 18:00', rsa(90, 70, 40)],
  ['musical', '뮤지컬 〈종이비행기 조종사〉', 'The Paper Plane Pilot (Musical)', 'gaon', '-2 sat 14:00', '-70d 18:00', vrsa(160, 130, 100, 70)],
  ['rock', '녹슨 기타의 반격', 'Revenge of the Rusty Guitar', 'haneul', '-2 sat 19:00', '-55d 20:00', floor(110, 99)],
  ['festival', '바람멍 뮤직 캠프', 'Windgazing Music Camp', 'windhill', '-3 sat 13:00', '-75d 18:00', passes(154, 99)],
  ['hiphop', '옥탑방 프리스타일', 'Rooftop Freestyle', 'mapo', '-3 fri 20:00', '-58d 20:00', floor(88, 77)],
  ['fanmeeting', '도하온 생일 파티: 촛불 하나 더', 'Do Haon’s Birthday Party: One More Candle', 'paldal', '-4 sun 15:00', '-64d 20:00', fans(99, 66), { limit: 2 }],
  ['trot', '장터에 핀 노래꽃', 'Songs in Bloom at the Market', 'hanok', '-5 sat 15:00', '-80d 18:00', rsa(99, 77, 55)],

  // On sale.
  ['kpop', '네온고래 스타디움 투어 〈수심 3000〉', 'NEON WHALE Stadium Tour: Depth 3000', 'hanbit', '5 sat 18:00', '-3d 20:00', vrsa(198, 165, 143, 110), { seats: 100_000 }],
  ['kpop', '루나프리즘 앙코르 콘서트: 달의 뒷면', 'LUNAPRISM Encore: The Far Side of the Moon', 'saebit', '3 sun 17:00', '-9d 20:00', vrs(176, 154, 132)],
  ['kpop', '무중력소년 라이브: 착륙 금지', 'ZERO-G BOYS Live: No Landing', 'haeun', '4 sat 18:00', '-6d 20:00', floorWithVip(187, 154, 143)],
  ['kpop', '스텔라베리 첫 단독 콘서트: 한 입의 우주', 'STELLABERRY First Solo Concert: One Bite of the Universe', 'maru', '6 sat 18:00', '-1d 20:00', vrs(165, 143, 121)],
  ['kpop', '미드나잇 세탁소: 얼룩진 마음 환영', 'Midnight Laundromat: Stained Hearts Welcome', 'hanbat', '7 fri 19:30', '-4d 18:00', floor(132, 121)],
  ['kpop', '한여백 솔로 콘서트: 나라는 계절', 'Han Yeobaek Solo Concert: A Season Called Me', 'mudeung', '5 sun 17:00', '-11d 20:00', vrsa(165, 154, 132, 110)],
  ['kpop', '열두 번째 문을 열어 줘', 'TWELVE DOORS: Open the Last One', 'dalbit', '8 sat 18:00', '-2d 20:00', floorWithVip(176, 143, 132), { limit: 2 }],
  ['kpop', '팝콘시그널 전국 투어: 터지기 3초 전', 'POPCORN SIGNAL on Tour: Three Seconds to Pop', 'haneul', '4 sun 18:00', '-13d 20:00', vrs(154, 132, 110)],
  ['rock', '검은 파도 위의 앰프', 'Amplifiers on a Black Tide', 'gwangan', '3 sat 19:00', '-10d 20:00', floor(121, 110)],
  ['rock', '순환선 로큰롤', 'Loop Line Rock ’n’ Roll', 'mapo', '2 fri 20:00', '-15d 18:00', all(77)],
  ['rock', '폭풍전야 25주년: 아직 끝나지 않은 노래', 'Eve of the Storm at 25: The Song Is Not Over', 'saebit', '6 sat 18:00', '-5d 20:00', vrsa(176, 154, 132, 99)],
  ['rock', '철문 라이브: 소음 허가 구역', 'IRON GATE Live: Noise Permitted', 'seongsu', '4 fri 20:00', '-8d 20:00', floor(99, 88)],
  ['rock', '불타는 자전거', 'Burning Bicycles', 'taehwa', '5 sat 19:00', '-7d 18:00', all(88)],
  ['rock', '기타 넷에 드럼 하나', 'Four Guitars, One Drum Kit', 'mudeung', '7 sat 19:00', '-2d 20:00', floor(110, 99)],
  ['jazz', '푸른 연기 빅밴드: 스윙은 멈추지 않는다', 'Blue Smoke Big Band: The Swing Never Stops', 'namsan', '1 thu 19:30', '-20d 18:00', rsa(110, 88, 66)],
  ['jazz', '달빛 아래 콘트라베이스', 'Double Bass under the Moon', 'tamna', '2 sat 19:00', '-14d 18:00', rs(88, 66)],
  ['jazz', '을지로 재즈 산책', 'A Jazz Stroll through Euljiro', 'seongsu', '3 wed 20:00', '-12d 18:00', all(55)],
  ['jazz', '한 잔의 보사노바', 'Bossa Nova by the Glass', 'gwangan', '4 fri 19:30', '-6d 18:00', rs(77, 55)],
  ['jazz', '즉흥의 방: 악보 없는 90분', 'The Improvising Room: 90 Minutes without a Score', 'mapo', '5 thu 20:00', '-3d 18:00', all(66), { limit: 2 }],
  ['classical', '네 개의 현, 하나의 숨', 'Four Strings, One Breath', 'suseong', '1 wed 19:30', '-25d 18:00', rsa(100, 80, 50)],
  ['classical', '한밤의 오르간: 빛으로 쌓은 탑', 'Organ at Midnight: A Tower Built of Light', 'bitgoeul', '2 fri 21:00', '-18d 18:00', rsa(90, 70, 50)],
  ['classical', '물의 정원: 하프와 플루트의 대화', 'The Water Garden: Harp and Flute in Conversation', 'paldal', '3 sun 15:00', '-12d 18:00', rs(70, 50)],
  ['classical', '아이와 함께 듣는 동물원 교향악', 'Zoo Symphony: A Concert for Children', 'dongbaek', '2 sun 11:00', '-16d 18:00', rsa(60, 45, 30)],
  ['classical', '오백 명의 목소리', 'Five Hundred Voices', 'gaon', '6 sat 17:00', '-4d 18:00', vrsa(150, 120, 90, 60)],
  ['classical', '영화 같은 밤: 오케스트라 시네마', 'A Night Like a Film: Orchestra Cinema', 'songdo', '4 sat 19:30', '-9d 18:00', lawn(88, 55)],
  ['classical', '바람이 쓴 협주곡', 'A Concerto Written by the Wind', 'solhyang', '5 tue 19:30', '-1d 18:00', rsa(110, 80, 50)],
  ['musical', '뮤지컬 〈경성 우편국〉', 'The Gyeongseong Post Office (Musical)', 'gaon', '1 sat 14:00', '-24d 18:00', vrsa(170, 140, 110, 70)],
  ['musical', '뮤지컬 〈달을 훔친 재봉사〉', 'The Seamstress Who Stole the Moon (Musical)', 'namsan', '2 sat 19:00', '-19d 18:00', vrsa(150, 130, 100, 70)],
  ['musical', '뮤지컬 〈안녕, 나의 로봇 할머니〉', 'Farewell, My Robot Grandmother (Musical)', 'dongbaek', '3 sat 14:00', '-13d 18:00', vrs(130, 110, 80)],
  ['musical', '뮤지컬 〈열세 번째 객차〉', 'The Thirteenth Carriage (Musical)', 'suseong', '4 wed 19:30', '-8d 18:00', vrsa(140, 120, 90, 60)],
  ['musical', '가족 뮤지컬 〈도깨비 우산 가게〉', 'The Goblin’s Umbrella Shop (Family Musical)', 'paldal', '1 sun 11:00', '-21d 18:00', rsa(66, 55, 44)],
  ['musical', '뮤지컬 〈왕의 요리사〉', 'The King’s Cook (Musical)', 'hanok', '5 fri 19:30', '-5d 18:00', vrs(120, 100, 70)],
  ['musical', '뮤지컬 〈북극에서 온 편지〉', 'A Letter from the Arctic (Musical)', 'solhyang', '6 sun 14:00', '-2d 18:00', vrs(130, 100, 70)],
  ['festival', '송도 달마중 페스티벌', 'Songdo Moonrise Festival', 'songdo', '7 sat 13:00', '-10d 18:00', passes(165, 110)],
  ['festival', '태화강 반딧불 음악제', 'Taehwa River Firefly Music Festival', 'taehwa', '6 sat 16:00', '-12d 18:00', lawn(77, 44)],
  ['festival', '파도타기 록 페스티벌', 'Crowd Surf Rock Festival', 'gwangan', '8 sat 12:00', '-3d 18:00', passes(176, 121)],
  ['festival', '호반에서 캠핑, 포크, 그리고 모닥불', 'Camping, Folk and a Fire by the Lake', 'hoban', '5 sat 14:00', '-14d 18:00', passes(143, 88)],
  ['festival', '장단: 오늘의 국악 축제', 'Jangdan: Korean Music Today', 'hanok', '4 sat 15:00', '-17d 18:00', lawn(66, 33)],
  ['hiphop', '벽과 붓: 그래피티와 랩의 밤', 'Wall and Brush: A Night of Graffiti and Rap', 'seongsu', '3 sat 20:00', '-7d 20:00', all(77)],
  ['hiphop', '808번 막차', 'Last Bus, Line 808', 'mapo', '2 sat 20:00', '-11d 20:00', floor(88, 77)],
  ['hiphop', '거꾸로 쓴 가사', 'Lyrics Written Backwards', 'haeun', '5 sat 19:00', '-4d 20:00', floor(110, 99)],
  ['hiphop', '도시 사이퍼', 'Cypher the City', 'maru', '7 sun 18:00', '-1d 20:00', floorWithVip(143, 121, 99)],
  ['indie', '고양이와 산책하는 밴드', 'The Band That Walks Its Cats', 'hoban', '3 sun 16:00', '-8d 18:00', all(55)],
  ['indie', '새벽에 배달된 편지들', 'Letters Delivered before Dawn', 'mapo', '2 thu 20:00', '-15d 18:00', all(49.5)],
  ['indie', '식물에게 들려주는 노래', 'Songs for Houseplants', 'tamna', '4 sun 17:00', '-5d 18:00', rs(66, 55)],
  ['indie', '안개꽃다방의 느린 오후', 'A Slow Afternoon at Café Gypsophila', 'windhill', '6 sun 16:00', '-2d 18:00', all(60)],
  ['trot', '청춘은 지금부터! 박나루 디너쇼', 'Youth Starts Now! The Park Naru Dinner Show', 'haeun', '4 sat 18:30', '-9d 18:00', vrs(220, 180, 150)],
  ['trot', '트로트 대첩: 여덟 사나이의 꺾기', 'Trot Battle: Eight Men and a Thousand Turns', 'dalbit', '6 sun 15:00', '-6d 18:00', vrsa(154, 132, 110, 88)],
  ['fanmeeting', '서단비 팬미팅: 우산 같이 쓸래요?', 'Seo Danbi Fan Meeting: Share My Umbrella?', 'namsan', '3 sat 15:00', '-3d 20:00', fans(88, 66), { limit: 2 }],
  ['fanmeeting', '루나프리즘 팬미팅: 토끼굴 대소동', 'LUNAPRISM Fan Meeting: Riot in the Rabbit Hole', 'maru', '5 sun 15:00', '-1d 20:00', fans(99, 77), { limit: 2 }],

  // Opening soon.
  ['kpop', '오로라나인 월드 투어: 첫 번째 새벽', 'AURORA NINE World Tour: The First Dawn', 'saebit', '6 sat 18:00', '2m', vrsa(198, 176, 154, 121)],
  ['kpop', '은하정거장 10주년 콘서트: 우리가 지나온 별들', 'GALAXY STATION 10th Anniversary: Every Star We Passed', 'hanbit', '7 sat 18:00', '5m', vrsa(187, 165, 143, 110), { seats: 100_000 }],
  ['musical', '뮤지컬 〈유리병 속의 바다〉', 'The Sea in a Glass Bottle (Musical)', 'gaon', '5 sat 19:00', '10m', vrsa(170, 140, 110, 80)],
  ['rock', '천둥벌거숭이 단독 공연: 귀가 먹먹하도록', 'WILD THUNDER Live: Until Our Ears Ring', 'mudeung', '5 fri 20:00', '15m', floor(121, 110)],
  ['festival', '강변 불빛 축제: 이틀 밤의 약속', 'Riverside Lights: A Promise of Two Nights', 'nanji', '9 sat 14:00', '20m', passes(187, 121), { seats: 100_000 }],
  ['fanmeeting', '이은새벽 팬미팅: 다정한 오후', 'Lee Eunsaebyeok Fan Meeting: A Gentle Afternoon', 'paldal', '4 sun 15:00', '30m', fans(88, 66), { limit: 2 }],
  ['jazz', '자정의 색소폰', 'Saxophone at Midnight', 'seongsu', '4 fri 22:00', '45m', rs(88, 66)],
  ['kpop', '해피엔딩클럽 스타디움 라이브: 앙코르는 없다', 'HAPPY ENDING CLUB Stadium Live: No Encore', 'lake', '8 sun 17:00', '60m', floorWithVip(198, 165, 143), { seats: 100_000, limit: 2 }],
  ['classical', '첼로, 깊은 물의 언어', 'Cello: A Language of Deep Water', 'bitgoeul', '5 thu 19:30', '2h', rsa(110, 80, 50)],
  ['hiphop', '무명시절: 마이크 하나로', 'Nameless Days: One Mic Was Enough', 'haneul', '6 sat 19:00', '3h', floor(121, 99)],
  ['trot', '최달봉 40주년: 구성진 밤', 'Choi Dalbong at 40: A Night in Full Voice', 'hanbat', '7 sun 15:00', '4h', vrsa(165, 143, 121, 88)],
  ['indie', '빨래 너는 오후', 'Laundry in the Afternoon Sun', 'hoban', '4 sat 16:00', '6h', all(55)],

  // Opening on later days.
  ['kpop', '오로라나인 월드 투어 파이널: 마지막 새벽', 'AURORA NINE World Tour Final: The Last Dawn', 'hanbit', '15 sat 18:00', '21d 20:00', vrsa(209, 187, 154, 121), { seats: 100_000, limit: 2 }],
  ['kpop', '블랙튤립 콘서트: 향기 없는 고백', 'BLACK TULIP: A Confession without Scent', 'maru', '8 sat 18:00', '1d 20:00', vrs(165, 143, 121)],
  ['kpop', '열아홉, 우리는 파도였다', 'At Nineteen We Were Waves', 'haeun', '9 sun 17:00', '3d 20:00', floor(143, 132)],
  ['kpop', '메아리보이 콘서트: 대답해 줘', 'ECHOBOY in Concert: Answer Me', 'hanbat', '10 sat 18:00', '6d 20:00', floorWithVip(176, 143, 132)],
  ['kpop', '캔디나침반: 북쪽은 달콤해', 'CANDY COMPASS: North Is Sweet', 'haneul', '11 sat 18:00', '10d 20:00', vrs(154, 132, 110)],
  ['kpop', '사이렌시티 라이브: 경보를 울려라', 'SIREN CITY Live: Sound the Alarm', 'dalbit', '12 sun 17:00', '14d 20:00', vrsa(176, 154, 132, 110)],
  ['rock', '휴화산, 다시 끓다', 'A Sleeping Volcano Boils Again', 'windhill', '9 sat 18:00', '2d 20:00', floor(110, 88)],
  ['rock', '낡은 청바지를 위한 밤', 'A Night for Old Denim', 'mapo', '8 fri 20:00', '5d 20:00', all(88)],
  ['rock', '유령고속도로', 'Ghost Highway', 'lake', '12 sat 19:00', '17d 20:00', floorWithVip(165, 132, 121)],
  ['jazz', '두 대의 피아노, 한 잔의 위스키', 'Two Pianos, One Whiskey', 'namsan', '7 fri 19:30', '1d 18:00', rsa(99, 77, 55)],
  ['jazz', '항구의 트럼펫', 'Trumpets of the Harbor', 'dongbaek', '9 sat 18:00', '8d 18:00', rs(88, 66)],
  ['jazz', '그녀가 부르면 스탠더드', 'A Standard Once She Sings It', 'solhyang', '10 thu 19:30', '12d 18:00', rs(77, 55)],
  ['classical', '소리 없는 지휘자', 'The Silent Conductor', 'gaon', '8 tue 19:30', '4d 18:00', vrsa(160, 130, 90, 60)],
  ['classical', '바이올린, 불꽃의 카덴차', 'Violin: A Cadenza of Flames', 'suseong', '9 fri 19:30', '9d 18:00', rsa(120, 90, 60)],
  ['classical', '왈츠로 여는 아침', 'Mornings Begin with a Waltz', 'tamna', '7 thu 11:00', '2d 18:00', all(30)],
  ['classical', '오페라 〈사막의 등대〉', 'The Lighthouse in the Desert (Opera)', 'dongbaek', '13 sat 17:00', '18d 18:00', vrsa(200, 150, 100, 60)],
  ['musical', '뮤지컬 〈나비 시계공〉', 'The Butterfly Watchmaker (Musical)', 'gaon', '11 sat 14:00', '7d 18:00', vrsa(160, 140, 110, 80)],
  ['musical', '뮤지컬 〈1호선의 왕〉', 'King of Line 1 (Musical)', 'namsan', '10 sat 19:00', '11d 18:00', vrs(120, 99, 77)],
  ['musical', '뮤지컬 〈모래로 지은 성당〉', 'A Cathedral Made of Sand (Musical)', 'bitgoeul', '12 sun 14:00', '15d 18:00', vrsa(150, 120, 90, 60)],
  ['musical', '쇼뮤지컬 〈카바레 금성〉', 'Cabaret Venus (Show Musical)', 'paldal', '13 fri 19:30', '22d 18:00', vrs(140, 110, 80)],
  ['festival', '일렉트로 소풍', 'Electro Picnic', 'gapcheon', '10 sat 13:00', '5d 18:00', passes(132, 88)],
  ['festival', '커피 향 어쿠스틱 페스티벌', 'Coffee and Acoustic Festival', 'solhyang', '11 sat 12:00', '13d 18:00', passes(121, 77)],
  ['festival', '시민의 밤: 잔디밭 무료 음악회', 'Citizens’ Night: A Free Concert on the Lawn', 'gapcheon', '7 sat 18:30', '3d 18:00', all(0)],
  ['hiphop', '랩으로 쓴 자서전', 'An Autobiography in Rap', 'mapo', '9 sat 20:00', '6d 20:00', floor(99, 88)],
  ['hiphop', '언더그라운드 지상전', 'Underground Goes Overground', 'nanji', '12 sat 17:00', '19d 20:00', floor(121, 99)],
  ['indie', '느린엽서클럽: 천천히, 아주 멀리', 'Slow Postcard Club: Slowly, Very Far', 'hanok', '8 sun 16:00', '7d 18:00', all(55)],
  ['trot', '꽃가마 타고 노래 한 바퀴', 'Once around the Country in a Flower Palanquin', 'taehwa', '10 sun 15:00', '9d 18:00', rsa(121, 99, 77)],
  ['fanmeeting', '백이랑 데뷔 10주년 팬미팅: 열 번째 커튼콜, 그리고 아직 말하지 못한 이야기', 'Baek Irang’s 10th Anniversary Fan Meeting: The Tenth Curtain Call and a Story Still Untold', 'gaon', '11 sun 15:00', '16d 20:00', fans(99, 77), { limit: 2 }],
]
