import { readFileSync } from 'node:fs'

/** Reads a bundle that `web/build.ts` made. Throws an Error that names the missing step. */
export function readBuiltFile(name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(readFileSync(new URL(`./dist/${name}`, import.meta.url)))
  } catch (cause) {
    throw new Error(`Cannot read web/dist/${name}: run npm run build`, { cause })
  }
}
