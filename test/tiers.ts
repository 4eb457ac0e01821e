/**
 * Sorts the test files into two tiers by their imports: a test that reaches the stores, a browser or another program is an integration
 * test; all others are unit tests. vitest.config.ts reads the tiers, so a file changes its tier with its imports.
 */
import { importsOf, readSources, type Source } from './import-graph.ts'

const FOLDERS = ['runtime', 'dev', 'edge', 'origin', 'web', 'db', 'bench', 'test', 'terraform']

/** The modules that start programs or find them on this machine. */
export const PROGRAM_STARTERS = ['dev/processes.ts', 'dev/programs.ts']
/** Imports that give access to the stores of the test run, or to a browser. */
const STORES_OR_BROWSER = /^import \{[^}]*\binject\b[^}]*\} from 'vitest'|^import [^']*from 'playwright-core'/m

export type Tiers = { unit: string[]; integration: string[] }

export const readTiers = (): Tiers => sortIntoTiers(readSources(FOLDERS))

export function sortIntoTiers(sources: Source[]): Tiers {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  const isIntegration = (file: string, seen = new Set<string>()): boolean => {
    const source = byFile.get(file)
    if (!source || seen.has(file)) return false
    seen.add(file)
    return PROGRAM_STARTERS.includes(file) || STORES_OR_BROWSER.test(source.text) ||
      importsOf(source).some((imported) => isIntegration(imported, seen))
  }
  const tests = [...byFile.keys()].filter((file) => /\.test\.tsx?$/.test(file)).sort()
  return {
    unit: tests.filter((file) => !isIntegration(file)),
    integration: tests.filter((file) => isIntegration(file)),
  }
}
