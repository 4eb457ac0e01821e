import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureProgram } from '../dev/programs.ts'
import { runProgram } from './run-program.ts'

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/**
 * Creates a certificate authority, and a certificate for 127.0.0.1 that it has signed. Returns the paths of the authority's certificate,
 * and of the server's certificate with its key.
 */
export function createCertificates(dir: string): { caFile: string; serverFile: string } {
  const openssl = (...args: string[]) => {
    const { status, stderr } = runProgram(ensureProgram('openssl', () => {}), args, { cwd: dir })
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`)
  }
  writeFileSync(join(dir, 'names'), 'subjectAltName=IP:127.0.0.1')
  openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test authority')
  openssl('req', ...NEW_KEY, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=Test front')
  openssl('x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', ...[
    '-out',
    'server.crt',
    '-days',
    '2',
    '-extfile',
    'names',
  ])
  const serverFile = join(dir, 'server.pem')
  writeFileSync(serverFile, readFileSync(join(dir, 'server.crt'), 'utf8') + readFileSync(join(dir, 'server.key'), 'utf8'))
  return { caFile: join(dir, 'ca.pem'), serverFile }
}
