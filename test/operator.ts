import { eq } from 'drizzle-orm'
import { users } from '../db/schema.ts'
import type { Role } from '../edge/contract/roles.ts'
import type { createApp } from '../origin/app.tsx'
import { buyerHeaders, type Shop } from './shop.ts'
import type { Answer } from './http.ts'

type App = ReturnType<typeof createApp>

/** Requests of a new operator to the origin's app: JSON to the API, forms to the pages. */
export async function createOperator(shop: Shop, app: App, role: Role = 'owner') {
  const [person] = await shop.addPeople(1)
  await shop.db.update(users).set({ role }).where(eq(users.id, person!.id))
  const { authorization } = await buyerHeaders({ ...person!, role }, 1)
  async function send(method: string, path: string, init: RequestInit): Promise<Answer> {
    const response = await app.request(path, { method, ...init })
    const text = await response.text()
    const body = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : {}
    const { status, headers } = response
    return { status, code: body.code, location: headers.get('location'), headers, text, body }
  }
  return {
    id: person!.id,
    call: (method: string, path: string, body?: unknown): Promise<Answer> =>
      send(method, path, {
        headers: { authorization, accept: 'application/json', 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    open: (path: string): Promise<Answer> => send('GET', path, { headers: { authorization, accept: 'text/html' } }),
    submit: (path: string, fields: Record<string, string>): Promise<Answer> => {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      return send('POST', path, { headers: { authorization, accept: 'text/html' }, body: form })
    },
  }
}

export type TestOperator = Awaited<ReturnType<typeof createOperator>>

/** The values of a page's inputs, selects and texts by name, as a browser would send them. */
export function readInputs(html: string): Record<string, string> {
  const decode = (text: string) =>
    text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#39;', "'").replaceAll(
      '&amp;',
      '&',
    )
  const fields: Record<string, string> = {}
  for (const [, input] of html.matchAll(/<input ((?:"[^"]*"|[^">])*)>/g)) {
    const name = input!.match(/(?:^| )name="([^"]*)"/)?.[1]
    if (name) fields[name] = decode(input!.match(/ value="([^"]*)"/)?.[1] ?? '')
  }
  for (const [, name, options] of html.matchAll(/<select [^>]*name="([^"]*)"[^>]*>([^]*?)<\/select>/g)) {
    fields[name!] = decode(options!.match(/<option (?=[^>]*selected)[^>]*value="([^"]*)"/)?.[1] ?? '')
  }
  for (const [, name, text] of html.matchAll(/<textarea [^>]*name="([^"]*)"[^>]*>([^]*?)<\/textarea>/g)) {
    fields[name!] = decode(text!)
  }
  return fields
}
