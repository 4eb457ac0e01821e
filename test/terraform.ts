/**
 * Checks terraform/ with the real Terraform, where it is installed, and says so where it is not. Plans and native tests need the AWS
 * provider and an account, or a stand-in for both: the command in TERRAFORM_OFFLINE, or a folder terraform-offline/ near the checkout.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { checkMachine } from './machine.ts'

const ENVIRONMENTS = ['small', 'sale']
const RELEASE = ['-var', 'release=0123456789ab']
const DEADLINE_MS = 300_000
const print = (line: string) => process.stdout.write(`${line}\n`)

/** Checks everything that can be checked here; false when something is wrong. */
export function checkTerraform(): boolean {
  if (run('terraform', ['version']).status !== 0) {
    print('  Terraform is not installed: terraform/ is not checked.')
    return true
  }
  if (!step('fmt', 'terraform', ['fmt', '-check', '-recursive', '-diff', 'terraform'])) return false
  const standIn = findStandIn()
  if (!standIn) {
    print('  No stand-in for the AWS provider: plans and native tests, which would need an account, are not run.')
    return ['terraform', 'terraform/bootstrap'].every((folder) => {
      if (run('terraform', [`-chdir=${folder}`, 'init', '-backend=false', '-input=false']).status !== 0) {
        print(`  The AWS provider cannot be had here: ${folder} is not validated.`)
        return true
      }
      return step(`validate ${folder}`, 'terraform', [`-chdir=${folder}`, 'validate'])
    })
  }
  const inRoot = (...args: string[]) => ['-chdir=terraform', ...args, '-no-color']
  return step('init', standIn, inRoot('init', '-input=false')) &&
    step('validate', standIn, inRoot('validate')) &&
    step('plan bootstrap', standIn, ['-chdir=terraform/bootstrap', 'plan', '-no-color', '-var', 'repository=owner/name']) &&
    ENVIRONMENTS.every((name) => {
      const file = `-var-file=envs/${name}.tfvars`
      return step(`plan ${name}`, standIn, inRoot('plan', '-input=false', file, ...RELEASE)) &&
        step(`test ${name}`, standIn, inRoot('test', file))
    }) && stepMachine()
}

function stepMachine(): boolean {
  const wrong = checkMachine((values) => {
    const expression = `jsonencode(templatefile("terraform/modules/fleet/machine/environment.sh.tftpl", ${
      values.replaceAll(/\s+/g, ' ')
    }))`
    const { stdout } = spawnSync('terraform', ['console'], { input: expression, encoding: 'utf8', timeout: DEADLINE_MS })
    return JSON.parse(JSON.parse(stdout))
  })
  print(`  machine: ${wrong.length > 0 ? `not so: ${wrong.join('; ')}` : 'settings and secrets'}`)
  return wrong.length === 0
}

function findStandIn(): string | null {
  const given = process.env.TERRAFORM_OFFLINE
  if (given) return resolve(given)
  const near = ['..', ...readdirSync('..').map((name) => join('..', name))].map((folder) => join(folder, 'terraform-offline/tf'))
  const found = near.find((path) => existsSync(path))
  return found ? resolve(found) : null
}

function step(name: string, program: string, args: string[]): boolean {
  const { status, output } = run(program, args)
  if (status === 0) print(`  ${name}: ${output.match(/^(Plan:|Success!).*$/m)?.[0] ?? 'well'}`)
  else print(`  ${name} failed\n${output}`)
  return status === 0
}

function run(program: string, args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
