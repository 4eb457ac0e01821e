import { GetObjectCommand, NoSuchKey, S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { StoreUnavailable } from '../db/store-unavailable.ts'

export type Image = { body: Uint8Array<ArrayBuffer>; contentType: string }

export type ImageStore = {
  /** Reads an image; null if there is none. Throws StoreUnavailable if the store does not return it within three seconds. */
  get(key: string): Promise<Image | null>
}

const TIMEOUT_MS = 3_000

/** Opens the bucket with the events' images. */
export function openImageStore(settings: { endpoint: string | undefined; bucket: string; region: string }): ImageStore {
  const address = settings.endpoint === undefined ? {} : { endpoint: settings.endpoint, forcePathStyle: true }
  const s3 = new S3Client({ region: settings.region, maxAttempts: 2, ...address })
  return {
    async get(key) {
      const command = new GetObjectCommand({ Bucket: settings.bucket, Key: key })
      try {
        const object = await s3.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT_MS) })
        const body = new Uint8Array(await object.Body!.transformToByteArray())
        return { body, contentType: object.ContentType ?? 'application/octet-stream' }
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        throw isRejection(error) ? error : new StoreUnavailable('s3', 'The image store is not available', { cause: error })
      }
    },
  }
}

/** Whether the store has rejected the request, for example for a lack of permissions. Other errors are failures of store or network. */
const isRejection = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined && error.$metadata.httpStatusCode < 500
