import { GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

export type ImageStore = ReturnType<typeof openImageStore>

/** Opens the bucket of posters. Calls have a deadline of three seconds. */
export function openImageStore(settings: { endpoint: string | undefined; bucket: string; region: string }) {
  const s3 = new S3Client({
    region: settings.region,
    ...(settings.endpoint && { endpoint: settings.endpoint, forcePathStyle: true }),
    maxAttempts: 2,
  })
  const deadline = () => ({ abortSignal: AbortSignal.timeout(3_000) })
  return {
    /** Stores an image under a key that is never reused. */
    async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
      await s3.send(
        new PutObjectCommand({
          Bucket: settings.bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          CacheControl: 'public, max-age=31536000, immutable',
        }),
        deadline(),
      )
    },
    /** The image, or null when there is none. */
    async get(key: string): Promise<{ body: Uint8Array<ArrayBuffer>; contentType: string } | null> {
      try {
        const object = await s3.send(new GetObjectCommand({ Bucket: settings.bucket, Key: key }), deadline())
        const body = new Uint8Array(await object.Body!.transformToByteArray())
        return { body, contentType: object.ContentType ?? 'application/octet-stream' }
      } catch (error) {
        if (error instanceof NoSuchKey) return null
        throw error
      }
    },
  }
}
