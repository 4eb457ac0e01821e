import type { EventDetail } from '../../../edge/contract/events.ts'
import { imageFile } from '../../../edge/contract/images.ts'
import { tintClass } from '../../tint.ts'

const WIDTH = 320

/** Shows the event's poster in its place, and lets its colour flood the page. */
export async function showPoster(): Promise<void> {
  const place = document.getElementById('poster')
  const event = place?.dataset.event
  if (!place || !event) return
  const response = await fetch(event, { headers: { accept: 'application/json' } }).catch(() => null)
  const found: EventDetail | null = response?.ok ? await response.json().catch(() => null) : null
  if (!found) return
  const { image, imageUrl, title } = found
  if (!imageUrl) {
    const letter = document.createElement('span')
    letter.setAttribute('aria-hidden', 'true')
    letter.textContent = [...title.trim()][0] ?? ''
    return place.append(letter)
  }
  const poster = new Image()
  poster.alt = image?.alt ?? ''
  poster.src = image
    ? imageFile(image.template, image.widths.find((width) => width >= WIDTH) ?? image.widths.at(-1)!, 'webp')
    : imageUrl
  await poster.decode().catch(() => undefined)
  place.append(poster)
  if (image) document.body.classList.add('flooded', tintClass(image.color))
}
