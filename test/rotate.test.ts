import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readTokenKeys, signQueueTicket, verifyQueueTicket } from '../edge/contract/tokens.ts'

type Version = { value: string | null; stages: Set<string> }
let server: Server
let versions: Map<string, Version>
let rotate: (event: { Step: string; SecretId: string; ClientRequestToken: string }) => Promise<void>

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => body += part)
    request.on('end', () => {
      const reply = handleSecretsRequest(request.headers['x-amz-target'] as string, JSON.parse(body))
      response.writeHead('__type' in reply ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' }).end(
        JSON.stringify(reply),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  })
  // The function reads its environment variables when it is loaded.
  const file: string = '../terraform/rotate/index.mjs'
  rotate = (await import(file)).handler
})
afterAll(() => void server.close())

/** Rotates like Secrets Manager: creates a pending version and calls the four steps. It may call a step more than once. */
async function rotateOnce(version: string, times = 1): Promise<void> {
  versions.set(version, { value: null, stages: new Set(['AWSPENDING']) })
  for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
    for (let time = 0; time < times; time++) await rotate({ Step: step, SecretId: 'token', ClientRequestToken: version })
  }
}
const current = () => [...versions.values()].find(({ stages }) => stages.has('AWSCURRENT'))!.value!
const key = (letter: string) => letter.repeat(64)

test('every key is accepted for one rotation before it signs and for one rotation after', async () => {
  versions = new Map([['v0', { value: [key('a'), key('b'), key('c')].join(','), stages: new Set(['AWSCURRENT']) }]])
  const secrets = [current()]
  for (let i = 1; i <= 5; i++) {
    await rotateOnce(`v${i}`)
    secrets.push(current())
  }
  expect(new Set(secrets).size).toBe(6)
  const ticket = { room: 'event-1', epoch: 1, index: 7, visitor: 'visitor-1' }
  for (let i = 1; i < secrets.length; i++) {
    const [before, after] = [secrets[i - 1]!, secrets[i]!].map((secret) => readTokenKeys(secret))
    // A machine with the new secret and one with the old secret accept each other's tickets.
    expect(verifyQueueTicket(signQueueTicket(ticket, before!), after!)).toMatchObject({ kind: 'ticket', ...ticket })
    expect(verifyQueueTicket(signQueueTicket(ticket, after!), before!)).toMatchObject({ kind: 'ticket', ...ticket })
  }
  // Machines with the old secret reject a key that signs as soon as it is created (negative control).
  expect(verifyQueueTicket(signQueueTicket(ticket, readTokenKeys(`${key('z')},${secrets[0]}`)), readTokenKeys(secrets[0]!)).kind)
    .toBe(
      'invalid',
    )
})

test('repeating a step changes nothing', async () => {
  versions = new Map([['v0', { value: [key('a'), key('b'), key('c')].join(','), stages: new Set(['AWSCURRENT']) }]])
  await rotateOnce('v1', 2)
  expect(current().split(',').slice(0, 2)).toEqual([key('c'), key('a')])
})

test('rejects a malformed secret, keys that do not follow the current ones, and a version that is not pending', async () => {
  versions = new Map([['v0', { value: 'one-key-alone', stages: new Set(['AWSCURRENT']) }]])
  await expect(rotateOnce('v1')).rejects.toThrow('is not "signing,previous,next"')
  versions = new Map([
    ['v0', { value: [key('a'), key('b'), key('c')].join(','), stages: new Set(['AWSCURRENT']) }],
    ['v1', { value: [key('x'), key('a'), key('y')].join(','), stages: new Set(['AWSPENDING']) }],
  ])
  await expect(rotate({ Step: 'testSecret', SecretId: 'token', ClientRequestToken: 'v1' })).rejects.toThrow('do not follow')
  await expect(rotate({ Step: 'createSecret', SecretId: 'token', ClientRequestToken: 'v9' })).rejects.toThrow('not to be rotated')
})

/** The part of the Secrets Manager API that the rotation uses. */
function handleSecretsRequest(target: string, input: Record<string, string>): Record<string, unknown> {
  const stages = Object.fromEntries([...versions].map(([id, { stages }]) => [id, [...stages]]))
  const find = () =>
    input['VersionId']
      ? versions.get(input['VersionId'])
      : [...versions.values()].find((version) => version.stages.has(input['VersionStage'] ?? 'AWSCURRENT'))
  switch (target.replace('secretsmanager.', '')) {
    case 'DescribeSecret':
      return { RotationEnabled: true, VersionIdsToStages: stages }
    case 'GetSecretValue': {
      const value = find()?.value
      return value ? { SecretString: value } : { __type: 'ResourceNotFoundException', message: 'There is no such version' }
    }
    case 'PutSecretValue': {
      versions.get(input['ClientRequestToken']!)!.value = input['SecretString']!
      return { VersionId: input['ClientRequestToken'] }
    }
    case 'UpdateSecretVersionStage': {
      versions.get(input['RemoveFromVersionId']!)!.stages.delete('AWSCURRENT')
      versions.get(input['MoveToVersionId']!)!.stages = new Set(['AWSCURRENT'])
      return {}
    }
    default:
      return { __type: 'InvalidRequestException', message: target }
  }
}
