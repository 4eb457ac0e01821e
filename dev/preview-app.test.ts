import { expect, test } from 'vitest'
import { createPreviewApp } from './preview-app.ts'
import { previews } from './preview.tsx'

const app = createPreviewApp()
const read = async (path: string) => {
  const response = await app.request(path)
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

test('lists every preview in both languages, and each link leads to its page', async () => {
  const { text } = await read('/')
  const links = [...text.matchAll(/href="(\/preview\/[^"]+)"/g)].map(([, path]) => path!)
  expect(links).toHaveLength(previews.length)
  const booking = links.find((path) => decodeURIComponent(path) === '/preview/booking (ko)')!
  expect(await read(booking)).toMatchObject({ status: 200, text: previews.find(({ name }) => name === 'booking (ko)')!.html() })
})

test('serves the files of the pages, and a poster for every image', async () => {
  const { text } = await read(`/preview/${encodeURIComponent('event, on_sale (ko)')}`)
  const files = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map(([, path]) => path!.replaceAll('&amp;', '&'))
  expect(files.length).toBeGreaterThan(1)
  for (const file of files) expect((await read(file)).status, file).toBe(200)
  expect(await read('/images/events/a-640.avif')).toMatchObject({ status: 200, type: 'image/svg+xml' })
  expect((await read('/events/1')).status).toBe(404)
})
