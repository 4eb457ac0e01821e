import { readBuiltFile } from '../built-file.ts'

/** The bundled script of the waiting page, inlined because the page is one request. */
export const waitingScript: string = new TextDecoder().decode(readBuiltFile('waiting.js'))
