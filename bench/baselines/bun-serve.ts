/** A ceiling: Bun.serve that answers every request with the same bytes, ANSWER, and does nothing else. */
const answer = Bun.env.ANSWER ?? '{}'
const headers = { 'content-type': 'application/json; charset=utf-8' }
Bun.serve({ hostname: '127.0.0.1', port: Number(Bun.env.PORT), fetch: () => new Response(answer, { headers }) })
export {}
