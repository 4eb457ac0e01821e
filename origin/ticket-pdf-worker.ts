/** The thread of ticket-documents.ts: one document, then it ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { drawTickets, type TicketSheet } from './ticket-pdf.ts'

parentPort!.postMessage(await drawTickets(workerData as TicketSheet))
