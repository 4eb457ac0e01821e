import { may, PERMISSIONS, ROLES } from '../edge/contract/roles.ts'
import type { AdminRoute } from '../origin/admin/admin-route.ts'
import { ADMIN_ROUTES } from '../origin/admin/admin-routes.ts'

/** The file that holds `permissionsDocument()`. */
export const PERMISSIONS_FILE = 'docs/permissions.md'

const COLUMNS = ['guest', 'buyer', 'viewer', 'support', 'manager', 'owner']

/** The table of all routes for operators and who may use them, as a document. */
export function permissionsDocument(routes: readonly AdminRoute[] = ADMIN_ROUTES): string {
  const permissions = Object.entries(PERMISSIONS).map(([name]) => name).sort()
  return `# Permissions

What operators may do, by role. Made from the code (\`origin/admin/admin-routes.ts\`, \`edge/contract/roles.ts\`) by

\`\`\`sh
npx bun dev/write-permissions.ts
\`\`\`

A test compares this file with the code, and \`origin/admin/admin-route.test.ts\` sends each request as each role. Guests are asked to
log in; the API answers them 401. Buyers get 403. Where \`OPERATOR_TWO_FACTOR\` is \`required\`, every route also needs a session with a
second factor, except the four with a star, where it is set up and entered.

## Routes

${table(['route', 'permission', ...COLUMNS], routesByPath(routes).map(rowOf))}

## Permissions

${
    table(
      ['permission', ...COLUMNS],
      permissions.map((name) => [`\`${name}\``, ...marks((role) => may(role, name as keyof typeof PERMISSIONS))]),
    )
  }
`
}

const routesByPath = (routes: readonly AdminRoute[]) =>
  routes.toSorted((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.method < b.method ? -1 : 1)

function rowOf({ method, path, permission, withoutSecondFactor }: AdminRoute): string[] {
  const name = `\`${method} ${path}\`${withoutSecondFactor ? ' *' : ''}`
  return [name, `\`${permission}\``].concat(marks((role) => may(role, permission)))
}

/** A column for guests, then one for each role. */
const marks = (isAllowed: (role: (typeof ROLES)[number]) => boolean): string[] =>
  ['–'].concat(ROLES.map((role) => isAllowed(role) ? 'yes' : '–'))

/** A table in Markdown whose columns are aligned, as the formatter aligns them. */
function table(titles: string[], rows: string[][]): string {
  const widths = titles.map((title, i) => Math.max(...rows.map((row) => row[i]!.length).concat(title.length)))
  const line = (cells: string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(titles), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
