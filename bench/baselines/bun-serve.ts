/** Upper bound: Bun.serve that responds to every request with the bytes of BODY. */
const body = Bun.env.BODY ?? '{}'
const headers = { 'content-type': 'application/json; charset=utf-8' }
Bun.serve({ hostname: '127.0.0.1', port: Number(Bun.env.PORT), fetch: () => new Response(body, { headers }) })
export {}
