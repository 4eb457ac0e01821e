import type { Text } from '../../edge/contract/language.ts'
import { type CsvSource, type Identified, respondCsv } from '../csv.ts'
import { problem } from '../http.tsx'
import type { AdminRequest } from './admin-route.ts'

const TOO_MANY: Text = {
  ko: '내보내기는 한 번에 두 개까지 할 수 있습니다. 진행 중인 내보내기가 끝난 뒤 다시 시도해 주세요.',
  en: 'You can run two exports at once. Please try again when one of them has ended.',
}
const RETRY_SECONDS = 10
/** The edge ends a response to an operator after this time. */
const MAX_EXPORT_MS = 10 * 60_000

/**
 * Responds with a table as a file to save, or with 429 to an operator who has two exports already. Each batch is read in the operator's queue:
 * exports take no more connections than other requests of the operator. `record` is called before anything is read.
 */
export async function respondExport<Row extends Identified>(
  { c, operator, queues }: AdminRequest,
  name: string,
  source: CsvSource<Row>,
  record: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Response> {
  if (c.req.method === 'HEAD') return respondCsv(c, name, source)
  const release = queues.beginExport(operator.id)
  if (!release) return problem(c, 'rate_limited', { detail: TOO_MANY, retryAfterSeconds: RETRY_SECONDS })
  const timer = setTimeout(release, MAX_EXPORT_MS)
  timer.unref()
  const onEnd = () => {
    clearTimeout(timer)
    release()
  }
  c.req.raw.signal.addEventListener('abort', onEnd, { once: true })
  await record().catch((error) => {
    onEnd()
    throw error
  })
  const readAfter: typeof source.readAfter = (id, limit) => queues.read(operator.id, () => source.readAfter(id, limit))
  return respondCsv(c, name, Object.assign({}, source, { readAfter }), onEnd)
}
