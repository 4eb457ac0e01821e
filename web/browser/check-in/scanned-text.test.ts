import { expect, test } from 'vitest'
import { parseTicketCode } from '../../../edge/contract/admission-ticket.ts'
import { scannedText } from './scanned-text.ts'

test('A133: a plain code in a QR code is read as no ticket, however it is written', () => {
  for (const code of ['K7M2P-9QX4T-2', 'k7m2p9qx4t-2', 'K7M2P-9QX4T']) {
    expect(parseTicketCode(code), 'staff may type it').not.toBeNull()
    expect(parseTicketCode(scannedText(code))).toBeNull()
  }
  expect(scannedText('eyJhbGciOiJFZERTQSJ9.e30.c2ln')).toBe('eyJhbGciOiJFZERTQSJ9.e30.c2ln')
})
