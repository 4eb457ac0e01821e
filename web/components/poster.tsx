import { type EventImage, IMAGE_FORMATS, imageFile } from '../../edge/contract/images.ts'
import { tintClass } from '../tint.ts'

type PosterProps = {
  event: { title: string; imageUrl: string | null; image: EventImage | null }
  /** Whether it is the main image of the page, and so loads at once. */
  eager?: boolean
  /** How wide the page shows it: the attribute `sizes` of HTML. */
  sizes?: string
}

/** Of a card in a grid. */
const CARD_SIZES = '(min-width: 48rem) 13rem, 45vw'
/** The width of the file for browsers that choose no other. */
const FALLBACK_WIDTH = 640

const clusters = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** The first character as people see it: a flag or a family consists of several code points. */
const firstCharacter = (text: string): string => clusters.segment(text.trim()).containing(0)?.segment ?? ''

/** An event's poster in the size and format that suit the browser, or the first letter of its title. */
export function Poster({ event, eager = false, sizes = CARD_SIZES }: PosterProps) {
  const { imageUrl, image } = event
  const loading = { loading: eager ? 'eager' : 'lazy', decoding: 'async' } as const
  if (!imageUrl) return <span class='poster placeholder' aria-hidden='true'>{firstCharacter(event.title)}</span>
  if (!image) return <img class='poster' src={imageUrl} alt='' width={300} height={400} {...loading} />
  const { template, widths, width, height, alt, color } = image
  const srcset = (extension: string) => widths.map((file) => `${imageFile(template, file, extension)} ${file}w`).join(', ')
  return (
    <picture>
      {IMAGE_FORMATS.filter(({ extension }) => extension !== 'jpg').map(({ extension, type }) => (
        <source key={extension} type={type} srcset={srcset(extension)} sizes={sizes} />
      ))}
      <img
        class={`poster ${tintClass(color)}`}
        src={imageFile(template, widths.findLast((file) => file <= FALLBACK_WIDTH) ?? widths[0]!, 'jpg')}
        alt={alt}
        width={width}
        height={height}
        {...loading}
      />
    </picture>
  )
}
