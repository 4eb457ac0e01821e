import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

/** A test by its file and its title. */
export type NamedTest = { file: string; title: string }

/** The tests that a document names: a file, and after it titles in typographic quotes. */
export const testsIn = (text: string): NamedTest[] =>
  [...text.matchAll(/`([\w./-]+\.(?:ts|tsx|hcl))` ((?:“[^”]+”(?:, )?)+)/g)].flatMap(([, file, titles]) =>
    [...titles!.matchAll(/“([^”]+)”/g)].map(([, title]) => ({ file: file!, title: title! }))
  )

/** Whether a file has a test of this title. Plans of Terraform are named by the beginning of their error message. */
export const testExists = ({ file, title }: NamedTest): boolean =>
  existsSync(resolve(ROOT, file)) &&
  (file.endsWith('.hcl') ? [`"${title}`] : ["'", '"', '`'].map((quote) => `${quote}${title}${quote}`))
    .some((literal) => readFileSync(resolve(ROOT, file), 'utf8').includes(literal))
