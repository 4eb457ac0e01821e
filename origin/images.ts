import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { StoreUnavailable } from '../db/store-unavailable.ts'

export type Image = { body: Uint8Array<ArrayBuffer>; contentType: string }

export type ImageStore = {
  /** Reads an image; null if there is none. Throws StoreUnavailable if the store does not return it within three seconds. */
  get(key: string): Promise<Image | null>
  /** Stores a file that never changes. Throws StoreUnavailable if the store does not confirm it within ten seconds. */
  put(key: string, file: { body: Uint8Array; contentType: string }): Promise<void>
  /** Deletes a file, or does nothing if there is none. Throws StoreUnavailable if the store does not confirm it within ten seconds. */
  delete(key: string): Promise<void>
}

/** How long anyone may cache a file: its content never changes. */
export const FOREVER = 'public, max-age=31536000, immutable'
const READ_TIMEOUT_MS = 3_000
const WRITE_TIMEOUT_MS = 10_000

/** Opens the bucket with the events' images. */
export function openImageStore(settings: { endpoint: string | undefined; bucket: string; region: string }): ImageStore {
  const address = settings.endpoint === undefined ? {} : { endpoint: settings.endpoint, forcePathStyle: true }
  const s3 = new S3Client({ region: settings.region, maxAttempts: 2, ...address })
  const write = () => ({ abortSignal: AbortSignal.timeout(WRITE_TIMEOUT_MS) })
  return {
    async get(key) {
      const command = new GetObjectCommand({ Bucket: settings.bucket, Key: key })
      try {
        const object = await s3.send(command, { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) })
        const body = new Uint8Array(await object.Body!.transformToByteArray())
        return { body, contentType: object.ContentType ?? 'application/octet-stream' }
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        throw explain(error)
      }
    },
    async put(key, { body, contentType }) {
      const object = { Bucket: settings.bucket, Key: key, Body: body, ContentType: contentType, CacheControl: FOREVER }
      await s3.send(new PutObjectCommand(object), write()).catch((error) => Promise.reject(explain(error)))
    },
    async delete(key) {
      const command = new DeleteObjectCommand({ Bucket: settings.bucket, Key: key })
      await s3.send(command, write()).catch((error) => Promise.reject(explain(error)))
    },
  }
}

const explain = (error: unknown): unknown =>
  isRejection(error) ? error : new StoreUnavailable('s3', 'The image store is not available', { cause: error })

/** Whether the store has rejected the request, for example for a lack of permissions. Other errors are failures of store or network. */
const isRejection = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined && error.$metadata.httpStatusCode < 500
