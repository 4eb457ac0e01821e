/** A ceiling: the runtime's bare proxy. Deno.serve hands every request to fetch, and the answer back, untouched. */
const origin = Deno.env.get('ORIGIN_URL')!
Deno.serve({ hostname: '127.0.0.1', port: Number(Deno.env.get('PORT')), onListen() {} }, (request) => {
  const { pathname, search } = new URL(request.url)
  return fetch(new Request(new URL(pathname + search, origin), request))
})
