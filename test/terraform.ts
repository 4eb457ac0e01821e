/**
 * Checks terraform/ with Terraform, if it is installed. Plans and native tests need the AWS provider and an account. A stand-in for both,
 * named by TERRAFORM_OFFLINE or found in a folder terraform-offline/ near the checkout, runs them; without it only `validate` runs.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { checkMachine } from './machine.ts'

const ENVIRONMENTS = ['small', 'sale']
const RELEASE = ['-var', 'release=0123456789ab']
const TIMEOUT_MS = 300_000
const print = (line: string) => process.stdout.write(`${line}\n`)

/** Runs every check that is possible here, and prints which ones are not. Returns false if one fails. */
export function checkTerraform(): boolean {
  if (run('terraform', ['version']).status !== 0) {
    print('  Terraform is not installed: terraform/ is not checked.')
    return true
  }
  if (!step('fmt', 'terraform', ['fmt', '-check', '-recursive', '-diff', 'terraform'])) return false
  const standIn = findStandIn()
  if (standIn) return checkPlans(standIn)
  print('  No stand-in for the AWS provider: plans and native tests, which need an account, are skipped.')
  return ['terraform', 'terraform/bootstrap'].every(validate)
}

function validate(folder: string): boolean {
  if (run('terraform', [`-chdir=${folder}`, 'init', '-backend=false', '-input=false']).status !== 0) {
    print(`  The AWS provider cannot be downloaded: ${folder} is not validated.`)
    return true
  }
  return step(`validate ${folder}`, 'terraform', [`-chdir=${folder}`, 'validate'])
}

function checkPlans(standIn: string): boolean {
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
  const failures = checkMachine((values) => {
    const expression = `jsonencode(templatefile("terraform/modules/fleet/machine/environment.sh.tftpl", ${
      values.replaceAll(/\s+/g, ' ')
    }))`
    const { stdout } = spawnSync('terraform', ['console'], { input: expression, encoding: 'utf8', timeout: TIMEOUT_MS })
    return JSON.parse(JSON.parse(stdout))
  })
  print(failures.length > 0 ? `  machine failed\n  ${failures.join('\n  ')}` : '  machine: passed')
  return failures.length === 0
}

function findStandIn(): string | null {
  const given = process.env.TERRAFORM_OFFLINE
  if (given) return resolve(given)
  const near = ['..', ...readdirSync('..').map((name) => join('..', name))].map((folder) => join(folder, 'terraform-offline/tf'))
  const found = near.find((path) => existsSync(path))
  return found ? resolve(found) : null
}

/** Runs one command and prints its result. Returns whether it succeeded. */
function step(name: string, program: string, args: string[]): boolean {
  const { status, output } = run(program, args)
  if (status === 0) print(`  ${name}: ${output.match(/^(Plan:|Success!).*$/m)?.[0] ?? 'passed'}`)
  else print(`  ${name} failed\n${output}`)
  return status === 0
}

function run(program: string, args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
