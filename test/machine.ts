/**
 * Runs the script that writes a machine's settings and secrets to its environment file. Terraform renders the script; `aws` and
 * `systemctl` are replaced by small scripts on the PATH.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

const PASSWORD = 'p%s/@ $(id)`\'"'
const SECRETS = {
  'arn:token': 'first,second,third',
  'arn:mysql': JSON.stringify({ username: 'neticket', password: PASSWORD }),
}

/** Returns the expectations that the script does not meet. `render` renders its template with these values (an HCL object). */
export function checkMachine(render: (values: string) => string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'neticket-machine-'))
  try {
    return checkScript(openMachine(dir, render))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

type Machine = ReturnType<typeof openMachine>

function checkScript({ run, read, mode, setSecrets }: Machine): string[] {
  const failures: string[] = []
  const expect = (claim: string, holds: boolean) => void (holds || failures.push(claim))

  expect('fails and writes nothing when it cannot read the secrets', run() !== 0 && read('run/env') === '')

  setSecrets(SECRETS)
  expect('writes the environment file', run() === 0)
  const lines = read('run/env').trim().split('\n')
  const url = lines.find((line) => line.startsWith('MYSQL_URL='))?.slice('MYSQL_URL='.length) ?? 'none:'
  expect('encodes the password in the URL', decodeURIComponent(new URL(url).password) === PASSWORD)
  expect('keeps the rest of the URL', url.endsWith('@db:3306/neticket?ssl=Amazon%20RDS'))
  expect('writes plain values unchanged', lines.includes('TOKEN_SECRET=first,second,third') && lines.includes('ORIGIN_PORT=3000'))
  expect('runs no command in a setting', read('ran') === '' && lines.some((line) => line.startsWith('NOTE=$(touch')))
  expect('makes the file readable to its owner only', mode('run/env') === '600')

  expect('restarts nothing when the secrets are unchanged', run('refresh') === 0 && read('restarts') === '')
  setSecrets({ ...SECRETS, 'arn:token': 'next,first,newer' })
  const isRefreshed = run('refresh') === 0
  expect('restarts the program after a rotation', isRefreshed && read('restarts').trim() === 'restart neticket-origin.service')
  setSecrets({ 'arn:mysql': SECRETS['arn:mysql'] })
  const isRefused = run('refresh') !== 0
  const kept = read('run/env')
  expect('keeps the file when a secret is missing', isRefused && kept.includes('TOKEN_SECRET=next,first,newer'))
  expect('lets a program restart with its last settings while a secret is missing', run() === 0 && read('run/env') === kept)
  return failures
}

/** Installs the rendered script in a folder, with stand-ins for `aws` and `systemctl`. */
function openMachine(dir: string, render: (values: string) => string) {
  const path = (name: string) => join(dir, name)
  const install = (name: string, text: string) => {
    writeFileSync(path(`bin/${name}`), text)
    chmodSync(path(`bin/${name}`), 0o755)
  }
  const script = render(`{
    region = "ap-northeast-2", role = "origin", settings = { ORIGIN_PORT = "3000", NOTE = "$(touch ${path('ran')})" }, secrets = {
      TOKEN_SECRET = { arn = "arn:token", field = "", url = "" },
      MYSQL_URL = { arn = "arn:mysql", field = "password", url = "mysql://neticket:%s@db:3306/neticket?ssl=Amazon%%20RDS" }
    }
  }`)
  mkdirSync(path('bin'))
  mkdirSync(path('secrets'))
  install('environment', script.replaceAll('/run/neticket', path('run')))
  install('systemctl', `#!/bin/sh\necho "$@" >> ${path('restarts')}\n`)
  // The fourth argument of `aws secretsmanager get-secret-value --secret-id <arn>` names a file.
  install('aws', `#!/bin/sh\ncat "${path('secrets')}/$4"\n`)
  return {
    /** Runs the script and returns its exit status. */
    run(...args: string[]): number | null {
      const env = { ...process.env, PATH: `${path('bin')}:${process.env.PATH}` }
      return spawnSync(path('bin/environment'), args, { env, encoding: 'utf8', timeout: 30_000 }).status
    },
    /** The text of a file; empty if it does not exist. */
    read(name: string): string {
      try {
        return readFileSync(path(name), 'utf8')
      } catch {
        return ''
      }
    },
    mode: (name: string) => spawnSync('stat', ['-c', '%a', path(name)], { encoding: 'utf8' }).stdout.trim(),
    /** Replaces all secrets that `aws` can read. */
    setSecrets(secrets: Record<string, string>): void {
      rmSync(path('secrets'), { recursive: true })
      mkdirSync(path('secrets'))
      for (const [arn, value] of Object.entries(secrets)) writeFileSync(join(path('secrets'), arn), value)
    },
  }
}
