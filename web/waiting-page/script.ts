import { createHash } from 'node:crypto'
import { readBuiltFile } from '../built-file.ts'

/** The bundled script of the waiting page, inlined because the page is one request. */
export const waitingScript: string = new TextDecoder().decode(readBuiltFile('waiting.js'))

/** What the page loads after it has appeared, and its hash, which its address contains. */
export const waitingExtras: Uint8Array<ArrayBuffer> = readBuiltFile('waiting-extras.js')
export const waitingExtrasHash: string = createHash('sha256').update(waitingExtras).digest('hex').slice(0, 8)
