/** Upper bound: a bare proxy. Deno.serve forwards every request with fetch and returns the response unchanged. */
const origin = Deno.env.get('ORIGIN_URL')!
Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, (request) => {
  const { pathname, search } = new URL(request.url)
  return fetch(new Request(new URL(pathname + search, origin), request))
})
