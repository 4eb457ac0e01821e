import type { Admission } from './room-plan.ts'

/** No extension is longer. */
const MAX_EXTENSION_MS = 600_000

/**
 * By how much a visit can be extended, once (WCAG 2.2.1): half of its longest duration, at most ten minutes. A visit so never lasts longer
 * than one and a half times `passMs`. It takes part in admission until its end like any other.
 */
export const extensionMs = ({ passMs }: Pick<Admission, 'passMs'>): number => Math.min(Math.floor(passMs / 2), MAX_EXTENSION_MS)
