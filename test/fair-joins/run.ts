/**
 * Simulates 5,400 attempts of one client to join a room before its opening, beside 30 honest visitors, under different rules:
 *
 *   npm run simulate-joins
 *
 * Prints the table of docs/edge.md, "Fair joins". Takes some seconds and needs no store.
 */
import { renderTable } from './table.ts'

process.stdout.write(await renderTable())
