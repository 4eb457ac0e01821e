/** Upper bound: Deno.serve that responds to every request with the bytes of ANSWER. */
const answer = Deno.env.get('ANSWER') ?? '{}'
const headers = { 'content-type': 'application/json; charset=utf-8' }
Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, () => new Response(answer, { headers }))
