/** The thread of ticket-views.ts: draws the QR codes of each message. */
import { parentPort } from 'node:worker_threads'
import { drawQrCode } from './qr-code.ts'

parentPort!.on('message', (texts: readonly string[]) => parentPort!.postMessage(texts.map(drawQrCode)))
