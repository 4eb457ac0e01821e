/**
 * What a machine does with its settings and secrets, run for real: the script is rendered by Terraform, and `aws` and `systemctl` are words of
 * this test's own.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Each of these must be true; the names of those that are not. `render` gives the script for a template's values. */
export function checkMachine(render: (values: string) => string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'neticket-machine-'))
  try {
    const path = (name: string) => join(dir, name)
    const secrets = { 'arn:token': 'first,second,third', 'arn:mysql': '{"username":"neticket","password":"p%s/@ $(id)`\'\\""}' }
    const script = render(`{
      region = "ap-northeast-2", role = "origin", settings = { ORIGIN_PORT = "3000", NOTE = "$(touch ${
      path('ran')
    })" }, secrets = {
        TOKEN_SECRET = { arn = "arn:token", field = "", url = "" },
        MYSQL_URL = { arn = "arn:mysql", field = "password", url = "mysql://neticket:%s@db:3306/neticket?ssl=Amazon%%20RDS" }
      }
    }`)
    mkdirSync(path('bin'))
    const put = (name: string, text: string) => {
      writeFileSync(path(`bin/${name}`), text)
      chmodSync(path(`bin/${name}`), 0o755)
    }
    put('environment', script.replaceAll('/run/neticket', path('run')))
    put('systemctl', `#!/bin/sh\necho "$@" >> ${path('restarts')}\n`)
    const know = (known: Record<string, string>) => {
      for (const [arn, value] of Object.entries(known)) writeFileSync(path(arn), value)
      put('aws', `#!/bin/sh\ncat "${dir}/$4"\n`)
    }
    const run = (...args: string[]) => {
      const env = { ...process.env, PATH: `${path('bin')}:${process.env.PATH}` }
      return spawnSync(path('bin/environment'), args, { env, encoding: 'utf8', timeout: 30_000 }).status
    }
    const read = (name: string) => {
      try {
        return readFileSync(path(name), 'utf8')
      } catch {
        return ''
      }
    }

    const wrong: string[] = []
    const hold = (claim: string, isSo: boolean) => void (isSo || wrong.push(claim))
    hold('without its secrets it fails and writes nothing', run() !== 0 && read('run/env') === '')
    know(secrets)
    hold('with them it writes the settings', run() === 0)
    const lines = read('run/env').trim().split('\n')
    const url = lines.find((line) => line.startsWith('MYSQL_URL='))?.slice('MYSQL_URL='.length) ?? 'none:'
    hold(
      'a password comes through a URL unharmed',
      decodeURIComponent(new URL(url).password) === JSON.parse(secrets['arn:mysql']).password,
    )
    hold('the rest of the URL is whole', url.endsWith('@db:3306/neticket?ssl=Amazon%20RDS'))
    hold('keys are written as they are', lines.includes('TOKEN_SECRET=first,second,third') && lines.includes('ORIGIN_PORT=3000'))
    hold('no setting is run', read('ran') === '' && lines.some((line) => line.startsWith('NOTE=$(touch')))
    hold(
      'nobody else may read them',
      spawnSync('stat', ['-c', '%a', path('run/env')], { encoding: 'utf8' }).stdout.trim() === '600',
    )
    hold('unchanged secrets restart nothing', run('refresh') === 0 && read('restarts') === '')
    know({ ...secrets, 'arn:token': 'next,first,newer' })
    hold(
      'rotated ones restart the program',
      run('refresh') === 0 && read('restarts').trim() === 'restart neticket-origin.service',
    )
    rmSync(path('arn:token'))
    hold(
      'a secret that is away changes nothing',
      run('refresh') !== 0 && read('run/env').includes('TOKEN_SECRET=next,first,newer'),
    )
    return wrong
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
