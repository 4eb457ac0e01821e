import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Print = (line: string) => void
type PackageManager = 'apt-get' | 'dnf' | 'apk' | 'brew'

/** Programs that the machine must have: their names, the packages that contain them, and what to do instead of installing them. */
const PROGRAMS = {
  redis: {
    names: ['redis-server', 'valkey-server'],
    packages: { 'apt-get': ['redis-server'], dnf: ['valkey'], apk: ['redis'], brew: ['redis'] },
    alternative: 'set REDIS_URL to a Redis of yours',
  },
  mysql: {
    names: ['mariadbd', 'mysqld'],
    packages: { 'apt-get': ['mariadb-server'], dnf: ['mariadb-server'], apk: ['mariadb', 'mariadb-client'], brew: ['mysql'] },
    alternative: 'set MYSQL_URL to a MySQL of yours',
  },
  haproxy: {
    names: ['haproxy'],
    packages: { 'apt-get': ['haproxy'], dnf: ['haproxy'], apk: ['haproxy'], brew: ['haproxy'] },
    alternative: 'put one on the PATH',
  },
  openssl: {
    names: ['openssl'],
    packages: { 'apt-get': ['openssl'], dnf: ['openssl'], apk: ['openssl'], brew: ['openssl'] },
    alternative: 'put one on the PATH',
  },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    packages: {
      'apt-get': ['chromium', 'fonts-noto-cjk'],
      dnf: ['chromium', 'google-noto-sans-cjk-fonts'],
      apk: ['chromium', 'font-noto-cjk'],
      brew: ['--cask', 'google-chrome'],
    },
    alternative: 'set CHROMIUM to the path of a Chromium of yours',
  },
  firefox: {
    names: ['firefox-esr', 'firefox'],
    packages: {
      'apt-get': ['firefox-esr', 'fonts-noto-cjk'],
      dnf: ['firefox', 'google-noto-sans-cjk-fonts'],
      apk: ['firefox-esr', 'font-noto-cjk'],
      brew: ['--cask', 'firefox'],
    },
    alternative: 'set FIREFOX to the path of a Firefox of yours',
  },
  luacheck: {
    names: ['luacheck'],
    packages: { 'apt-get': ['lua-check'], dnf: ['luacheck'], apk: ['luacheck'], brew: ['luacheck'] },
    alternative: 'put one on the PATH',
  },
} as const satisfies Record<string, { names: string[]; packages: Record<PackageManager, string[]>; alternative: string }>

const INSTALL: Record<PackageManager, string[]> = {
  'apt-get': ['apt-get', 'install', '-y', '--no-install-recommends'],
  dnf: ['dnf', 'install', '-y'],
  apk: ['apk', 'add'],
  brew: ['brew', 'install'],
}

/** Folders of servers that are not on every user's PATH. */
const OTHER_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/libexec',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/Applications/Google Chrome.app/Contents/MacOS',
  '/Applications/Firefox.app/Contents/MacOS',
]

/**
 * Returns the path of a program. Installs it with the system's package manager when it is missing and the user has the rights, and prints
 * that it does. Otherwise throws an Error that names the command to run and the setting to use instead.
 */
export function ensureProgram(kind: keyof typeof PROGRAMS, print: Print): string {
  const { packages, alternative, names } = PROGRAMS[kind]
  const set = kind === 'chromium' ? process.env.CHROMIUM : kind === 'firefox' ? process.env.FIREFOX : null
  const found = set || findProgram(names)
  if (found) return found

  const manager = (Object.keys(INSTALL) as PackageManager[]).find((name) => findProgram([name]))
  if (!manager) throw new Error(`Cannot find ${names.join(' or ')}: install it, or ${alternative}`)
  const install = [...INSTALL[manager], ...packages[manager]]
  const asRoot = rootPrefix(manager)
  if (!asRoot) throw new Error(`Cannot find ${names.join(' or ')}: run "sudo ${install.join(' ')}", or ${alternative}`)

  print(`Installing ${packages[manager].join(', ')} with ${manager} …`)
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    // Keeps Debian's packages from starting a service.
    RUNLEVEL: '1',
  }
  if (manager === 'apt-get') run([...asRoot, 'apt-get', 'update', '-qq'], env)
  const { status, output } = run([...asRoot, ...install], env)
  const installed = findProgram(names)
  if (status === 0 && installed) return installed
  throw new Error(
    `Cannot install ${packages[manager].join(', ')}: "${install.join(' ')}" failed; ${alternative}\n${output.slice(-1_000)}`,
  )
}

/** Returns the path of the first of `names` that exists on the PATH or in the usual folders; null when none does. */
export function findProgram(names: readonly string[], path = process.env.PATH ?? ''): string | null {
  const folders = [...path.split(delimiter), ...(path ? OTHER_FOLDERS : [])].filter(Boolean)
  for (const name of names) {
    for (const folder of folders) {
      const file = join(folder, name)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {
        // Not in this folder.
      }
    }
  }
  return null
}

function rootPrefix(manager: PackageManager): string[] | null {
  if (manager === 'brew' || process.getuid?.() === 0) return []
  return findProgram(['sudo']) && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n', '-E'] : null
}

function run([program, ...args]: string[], env: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program!, args, { env, encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}
