/** Reads the source files of the repository, and the imports between them from their text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')

/** A source file: its path from the root, and its text. */
export type Source = { file: string; text: string }

/** Reads the sources (TypeScript, JavaScript, Lua) below these folders; a folder that does not exist has none. */
export function readSources(folders: Iterable<string>): Source[] {
  return [...folders].filter((folder) => existsSync(join(ROOT, folder))).flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(tsx?|mjs|js|lua)$/.test(file) && !file.includes('node_modules'))
      .map((file) => ({ file: join(folder, file), text: readFileSync(join(ROOT, folder, file), 'utf8') }))
  )
}

/** The files that a source imports, statically or dynamically, as paths from the root. Imports of types count. */
export function importsOf({ file, text }: Source): string[] {
  const paths = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path]) => path!)
  return paths.map((path) => relative(ROOT, resolve(ROOT, dirname(file), path)))
}

export const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.startsWith('test/')
