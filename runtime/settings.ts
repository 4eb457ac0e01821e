import * as z from 'zod'

/** An integer setting between two bounds, with its default. */
export const integerSetting = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback)

/** Parses a program's environment. Throws one Error that names every missing or invalid setting, and never a value. */
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

/** The name of the release that runs, such as a commit. */
export const releaseSetting = z.string().regex(/^[\w.+-]{1,40}$/).default('local')
