/** A response, read to its end. */
export type Answer = {
  status: number
  /** The problem's code; undefined if the response is no problem. */
  code: string | undefined
  location: string | null
  headers: Headers
  text: string
  /** The parsed JSON; `{}` for a response that is not JSON. Tests compare it with matchers, which state its shape. */
  // deno-lint-ignore no-explicit-any
  body: any
}

/** Sends one request and reads the response. Does not follow redirects. */
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

/** The cookies that a response sets, as a `Cookie` header. */
export const cookiesOf = (headers: Headers) => headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
