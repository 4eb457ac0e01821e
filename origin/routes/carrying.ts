import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import {
  CARRIED_AT_MOST,
  CARRIED_BODY_BYTES,
  CARRIED_PATH,
  type CarriedAnswer,
  type CarriedRequest,
  carriedRequests,
} from '../../edge/contract/carrying.ts'
import { checkInput, type Ctx, type Env, problem } from '../http.tsx'

/** Headers of a browser beside the body. */
const HEADERS_BYTES = 16 * 1024

/** Answers many requests that came in one, each as if it had come alone. */
export const carrying = (answer: (request: Request) => Response | Promise<Response>) =>
  new Hono<Env>().post(
    CARRIED_PATH,
    bodyLimit({
      maxSize: CARRIED_AT_MOST * (CARRIED_BODY_BYTES + HEADERS_BYTES),
      onError: (c) => problem(c as Ctx, 'body_too_large'),
    }),
    async (c) => {
      const requests = checkInput(c, carriedRequests, await c.req.json().catch(() => null))
      if (requests instanceof Response) return requests
      return c.json(await Promise.all(requests.map((request) => answerCarried(answer, c.req.url, request))))
    },
  )

async function answerCarried(
  answer: (request: Request) => Response | Promise<Response>,
  base: string,
  { method, path, headers, body }: CarriedRequest,
): Promise<CarriedAnswer> {
  // Nothing is carried twice.
  if (path.startsWith(CARRIED_PATH)) return { status: 404, headers: [], body: '' }
  try {
    const response = await answer(new Request(new URL(path, base), { method, headers, body }))
    return { status: response.status, headers: [...response.headers], body: await response.text() }
  } catch {
    // What makes no request spoils none of the others.
    return { status: 400, headers: [], body: '' }
  }
}
