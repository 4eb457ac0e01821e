/** Upper bound: Deno.serve that responds to every request with the bytes of BODY. */
const body = Deno.env.get('BODY') ?? '{}'
const headers = { 'content-type': 'application/json; charset=utf-8' }
Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, () => new Response(body, { headers }))
