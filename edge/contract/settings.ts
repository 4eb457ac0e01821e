import * as z from 'zod'
import { readTokenKeys } from './tokens.ts'

/** The setting TOKEN_SECRET, as the keys that both programs must share. */
export const tokenSecret = z.string().transform((setting, check) => {
  try {
    return readTokenKeys(setting)
  } catch (error) {
    check.addIssue((error as Error).message)
    return z.NEVER
  }
})

/** A whole number between two bounds, with the value that it has when nothing is set. */
export const whole = (min: number, max: number, fallback: number) => z.coerce.number().int().min(min).max(max).default(fallback)

/** Reads a program's settings. Throws one Error that names every setting that is missing or wrong, and no value. */
export function readSettings<Settings>(
  program: string,
  settings: z.ZodType<Settings>,
  env: Record<string, string | undefined>,
): Settings {
  const read = settings.safeParse(env)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`Cannot start the ${program}:\n${problems.join('\n')}`)
}
