import { expect, test } from 'vitest'
import { StoreUnavailable } from '../db/store-unavailable.ts'
import { freePort } from '../dev/processes.ts'
import { openImageStore } from './images.ts'

test('an image store that cannot be reached throws StoreUnavailable', async () => {
  const images = openImageStore({ endpoint: `http://127.0.0.1:${await freePort()}`, bucket: 'images', region: 'ap-northeast-2' })
  await expect(images.get('posters/1.svg')).rejects.toThrow(StoreUnavailable)
})
