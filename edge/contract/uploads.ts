import type { Text } from './language.ts'
import { may, type Role } from './roles.ts'

/** The largest image that operators may upload. */
export const MAX_IMAGE_BYTES = 5 * 1024 * 1024
/** The other fields and the boundaries of the form. */
const FORM_BYTES = 64 * 1024
const UPLOADS = /^(?:PUT \/api|POST )\/admin\/events\/[1-9]\d{0,14}\/image$/

/** Whether a request may carry an image: the form of an event's image, and its counterpart in the API. */
export const isImageUpload = (method: string, path: string): boolean => UPLOADS.test(`${method} ${path}`)

/** The largest body of an upload by a person with this role; null if they may upload nothing. */
export const maxUploadBytes = (role: Role | undefined): number | null =>
  role !== undefined && may(role, 'events.edit') ? MAX_IMAGE_BYTES + FORM_BYTES : null

export const IMAGE_TOO_LARGE: Text = {
  ko: '이미지는 5MB까지 올릴 수 있습니다. 크기를 줄이거나 JPEG 또는 WebP로 저장해 다시 올려 주세요.',
  en: 'An image can have up to 5 MB. Make it smaller, or save it as JPEG or WebP, and upload it again.',
}
