import * as z from 'zod'
import type { Text } from '../../edge/contract/language.ts'
import type { ProblemFacts } from '../../edge/contract/problems.ts'
import { REHEARSAL_LIMITS } from '../../edge/contract/rehearsals.ts'
import { jsonInteger, textInteger } from '../input.ts'
import type { Obstacle } from '../rehearsal/obstacles.ts'

const { buyers, seconds, expected } = REHEARSAL_LIMITS

/** The load of a rehearsal as JSON. */
export const rehearsalInput = z.strictObject({
  buyers: jsonInteger(buyers.min, buyers.max),
  seconds: jsonInteger(seconds.min, seconds.max),
  expected: jsonInteger(expected.min, expected.max),
})

/** The same as a form. */
export const rehearsalForm = z.object({
  buyers: textInteger(buyers.min, buyers.max),
  seconds: textInteger(seconds.min, seconds.max),
  expected: textInteger(expected.min, expected.max),
})

/** Why a rehearsal does not start, as a problem `rehearsal_refused`. */
export const refusalOf = (obstacle: Exclude<Obstacle, { kind: 'not_found' }>): ProblemFacts => ({
  figures: { reason: obstacle.kind },
  detail: describeObstacle(obstacle),
})

function describeObstacle(obstacle: Exclude<Obstacle, { kind: 'not_found' }>): Text {
  switch (obstacle.kind) {
    case 'no_edge':
      return {
        ko: '오리진에 EDGE_URL이 설정되어 있지 않아 엣지로 요청을 보낼 수 없습니다.',
        en: 'EDGE_URL is not set at the origin, so it does not know where the edge is.',
      }
    case 'no_seats':
      return { ko: '이 공연에는 좌석이 없습니다.', en: 'This event has no seats.' }
    case 'running':
      return {
        ko: '다른 리허설이 진행 중이거나 데이터를 지우고 있습니다. 끝난 뒤 다시 시도해 주세요.',
        en: 'Another rehearsal is running, or its data is being removed. Try again when it has ended.',
      }
    case 'opening':
      return {
        ko: `‘${obstacle.event.title}’ 예매가 한 시간 안에 열립니다. 실제 오픈 전에는 리허설을 할 수 없습니다.`,
        en: `“${obstacle.event.titleEn}” goes on sale within the hour. There are no rehearsals before a real opening.`,
      }
    case 'busy_sale':
      return {
        ko: `‘${obstacle.event.title}’ 예매가 지금 진행 중입니다. 예매가 뜸해지면 1분 뒤에 시작할 수 있습니다.`,
        en: `“${obstacle.event.titleEn}” is selling right now. A rehearsal can start a minute after its last booking.`,
      }
    default:
      return obstacle satisfies never
  }
}
