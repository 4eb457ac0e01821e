import { CARRIED_AT_MOST, CARRIED_PATH, type CarriedAnswer, carriedAnswers, type CarriedRequest } from './contract/carrying.ts'
import { openGather } from '../db/gather.ts'

/**
 * Carries requests to the origin, those that come within five milliseconds in one. `post` sends a body and gives the answer. A request is
 * rejected when the whole could not be sent or read; it may then have happened.
 */
export const openCarrier = (post: (path: string, body: string) => Promise<Response>) =>
  openGather<CarriedRequest, CarriedAnswer>(async (requests) => {
    const response = await post(CARRIED_PATH, JSON.stringify(requests))
    if (!response.ok) {
      await response.body?.cancel()
      throw new Error(`The origin carries nothing: ${response.status}`)
    }
    return carriedAnswers.length(requests.length).parse(await response.json())
  }, { atMost: CARRIED_AT_MOST, withinMs: 5, calls: 32 })
