/**
 * How the origin reads what a client sends. Every route uses these readers and these numbers, and nothing else coerces (input.test.ts):
 *
 *   JSON body    readJson()   a number is a JSON number; `"1"`, `true`, `[1]` and `null` are invalid
 *   form         readForm()   a number is digits without sign, point, exponent or leading zero
 *   query        readQuery()  the same
 *
 * A repeated form field or query parameter is invalid where it is read, because its readers would disagree about which one counts. Fields
 * that a schema does not name are ignored, so that a client of a later release can talk to an earlier one; hence a schema must require
 * every field whose absence would do more than its presence.
 */
import * as z from 'zod'
import { checkInput, type Ctx, problem } from './http.tsx'

/** A whole number in a JSON body, from `min` to `max`. */
export const jsonInteger = (min: number, max: number) => z.int().min(min).max(max)

/** A whole number in a form or a query, from `min` (at least 1) to `max`. */
export const textInteger = (min: number, max: number) =>
  z.string().regex(/^[1-9]\d*$/).transform(Number).pipe(z.int().min(min).max(max))

/** A page's number in the query of a list. */
export const pageNumber = textInteger(1, 100_000).default(1)

/** Page and size of a list in a query. Missing ones get their default. */
export const listQuery = z.object({ page: pageNumber, size: textInteger(1, 100).default(20) })

/** Parses a JSON body. Returns a problem response if it is not JSON, is malformed or is invalid. */
export async function readJson<Input>(c: Ctx, schema: z.ZodType<Input>): Promise<Input | Response> {
  if (!JSON_TYPE.test(c.req.header('content-type') ?? '')) return problem(c, 'malformed_request')
  const text = await c.req.text()
  let body: unknown
  try {
    body = parseWellFormed(text)
  } catch {
    return problem(c, 'malformed_request')
  }
  return checkInput(c, schema, body)
}

const ESCAPED_SURROGATE = /\\ud[89a-f]/i

/** Parses JSON. Throws for half a surrogate pair, which no store keeps as text (RFC 8259 §8.2). */
function parseWellFormed(text: string): unknown {
  if (!ESCAPED_SURROGATE.test(text)) return JSON.parse(text)
  return JSON.parse(text, (key: string, value: unknown) => {
    if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) {
      throw new SyntaxError('half a surrogate pair')
    }
    return value
  })
}

const JSON_TYPE = /^application\/json *(?:;|$)/i

/** A form's fields; repeated ones as a list. An unreadable form has none, so its schema reports them as missing. */
export async function readForm(c: Ctx): Promise<Record<string, unknown>> {
  return await c.req.parseBody({ all: true }).catch((error: unknown) => {
    if (c.req.raw.signal.aborted) throw error
    return {}
  })
}

/** The parameters of the query; repeated ones as a list. */
export function readQuery(c: Ctx): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(c.req.queries()).map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  )
}
