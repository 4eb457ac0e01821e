/** An answer, read to its end. */
export type Answer = {
  status: number
  /** Which refusal it is, where it is one. */
  code: string | undefined
  location: string | null
  headers: Headers
  text: string
  /** What the JSON says, `{}` where there is none. It is looked at by matchers, which know its shape. */
  // deno-lint-ignore no-explicit-any
  body: any
}

/** Asks once, and follows no redirect. */
export async function send(
  url: string,
  { body, ...init }: Omit<RequestInit, 'body'> & { body?: string | undefined },
): Promise<Answer> {
  const response = await fetch(url, { ...init, redirect: 'manual', ...(body !== undefined && { body }) })
  const { status, headers } = response
  const text = await response.text()
  const json = headers.get('content-type')?.includes('json') && text ? JSON.parse(text) : {}
  return { status, code: json.code, location: headers.get('location'), headers, text, body: json }
}

/** The cookies that an answer sets, as the next request sends them. */
export const cookiesOf = (headers: Headers) => headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
