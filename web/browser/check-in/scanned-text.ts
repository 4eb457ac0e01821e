import { parseTicketCode } from '../../../edge/contract/admission-ticket.ts'

/**
 * The text of a QR code, to be checked as a signed ticket. A plain code, as staff type it, counts as unreadable: whoever has seen one ticket of a
 * reservation could draw QR codes with the codes of the others.
 */
export const scannedText = (text: string): string => parseTicketCode(text) ? 'not signed' : text
