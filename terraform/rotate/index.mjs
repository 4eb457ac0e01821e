// Rotates the token keys, in the four steps of Secrets Manager. The secret is "signing,previous,next". The new signing key is the one that
// every machine has known as `next` since the last rotation, so every machine can verify every token.
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { randomBytes } from 'node:crypto'

/** @param {string} keys "signing,previous,next" @returns {string} the same after a rotation */
export function rotateKeys(keys) {
  const [signing, , next] = keys.split(',')
  if (!signing || !next) throw new Error('The secret is not "signing,previous,next"')
  return [next, signing, randomBytes(48).toString('base64url')].join(',')
}

const client = new SecretsManagerClient()

/** @param {{ Step: string, SecretId: string, ClientRequestToken: string }} event */
export async function handler({ Step: step, SecretId: secretId, ClientRequestToken: version }) {
  const secret = await client.send(new DescribeSecretCommand({ SecretId: secretId }))
  const stages = secret.VersionIdsToStages?.[version]
  if (!secret.RotationEnabled || !stages) throw new Error('This version is not to be rotated')
  if (stages.includes('AWSCURRENT')) return
  if (!stages.includes('AWSPENDING')) throw new Error('This version is not pending')
  /** The keys of a version; null if it has none yet. */
  const read = async (/** @type {string} */ stage, /** @type {string | undefined} */ id) => {
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage, VersionId: id })))
        .SecretString ?? null
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return null
      throw error
    }
  }

  switch (step) {
    case 'createSecret':
      // An earlier attempt created it.
      if (await read('AWSPENDING', version)) return
      await client.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: version,
          SecretString: rotateKeys(await read('AWSCURRENT') ?? ''),
          VersionStages: ['AWSPENDING'],
        }),
      )
      return
    case 'setSecret':
      return
    case 'testSecret': {
      const [now, pending] = await Promise.all([read('AWSCURRENT'), read('AWSPENDING', version)])
      // Secrets Manager also runs this step alone when a schedule is set.
      if (pending === null || pending === now) return
      if (pending.split(',').slice(0, 2).join() !== [now?.split(',')[2], now?.split(',')[0]].join()) {
        throw new Error('The pending keys do not follow on the current ones')
      }
      return
    }
    case 'finishSecret': {
      const current = Object.entries(secret.VersionIdsToStages ?? {}).find(([, names]) => names.includes('AWSCURRENT'))?.[0]
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secretId,
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: version,
          RemoveFromVersionId: current,
        }),
      )
      return
    }
    default:
      throw new Error(`There is no step ${step}`)
  }
}
