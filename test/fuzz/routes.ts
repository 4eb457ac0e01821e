/** The routes of the edge and of the origin, read from their routers. A route that is added later is fuzzed without being named here. */

/** `name` is method and path as the router has them, such as `GET /events/:id`. */
export type Route = { name: string; method: string; path: string; parameters: string[]; pattern: RegExp }

type Router = { routes: { method: string; path: string }[] }

/** Every route with a method and a path of its own: middleware and catch-all handlers have neither. */
export function listRoutes(routers: Router[]): Route[] {
  const entries = routers.flatMap(({ routes }) => routes).filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
  const byName = new Map(entries.map(({ method, path }) => [`${method} ${path}`, { method, path }]))
  return [...byName].map(([name, { method, path }]) => ({
    name,
    method,
    path,
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter!),
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')}$`),
  }))
}

/** The route that answers a request; null for none. A router runs the GET handler for HEAD. A literal segment precedes a parameter. */
export function findRoute(routes: Route[], method: string, pathname: string): Route | null {
  const matching = routes.filter((route) => route.method === (method === 'HEAD' ? 'GET' : method) && route.pattern.test(pathname))
  return matching.sort((a, b) => a.parameters.length - b.parameters.length)[0] ?? null
}
