/** A detail of an act for people: what changed, and everything else, as texts by path, such as `ticketTypes.0.price`. */
export type DescribedDetail = {
  changes: { field: string; before: string | null; after: string | null }[]
  others: { field: string; value: string }[]
}

/** More values than anyone reads; a detail has up to 100,000 characters. */
const MAX_VALUES = 500

/** Describes the values that differ between `before` and `after`, and the other values. A value that is missing on one side is null there. */
export function describeDetail(detail: unknown): DescribedDetail {
  if (!isRecord(detail)) return { changes: [], others: detail === null ? [] : [{ field: '', value: show(detail) }] }
  const { before, after, ...rest } = detail
  const [old, changed] = [flatten(before), flatten(after)]
  const fields = [...new Set([...old.keys(), ...changed.keys()])]
  const changes = fields.filter((field) => old.get(field) !== changed.get(field))
    .map((field) => ({ field, before: old.get(field) ?? null, after: changed.get(field) ?? null }))
  const others = [...flatten(rest)].map(([field, value]) => ({ field, value }))
  return { changes: changes.slice(0, MAX_VALUES), others: others.slice(0, MAX_VALUES) }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Deeper parts are shown as JSON. */
const MAX_DEPTH = 8

/** Each value in a structure by its path. An empty list or object is a value. */
function flatten(value: unknown, path: string[] = [], found = new Map<string, string>()): Map<string, string> {
  if (value === undefined) return found
  const entries = typeof value === 'object' && value !== null && path.length < MAX_DEPTH ? Object.entries(value) : []
  if (entries.length === 0) found.set(path.join('.'), show(value))
  for (const [name, part] of entries) flatten(part, path.concat(name), found)
  return found
}

const show = (value: unknown): string => typeof value === 'string' ? value : JSON.stringify(value) ?? ''
