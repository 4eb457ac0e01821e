/** An event's poster, or the first letter of its title. Loads at once where it is the main image of the page (`eager`). */
export function Poster({ event, eager = false }: { event: { title: string; imageUrl: string | null }; eager?: boolean }) {
  if (!event.imageUrl) return <span class='poster placeholder' aria-hidden='true'>{[...event.title.trim()][0]}</span>
  return (
    <img
      class='poster'
      src={event.imageUrl}
      alt=''
      width={300}
      height={400}
      loading={eager ? 'eager' : 'lazy'}
      decoding='async'
    />
  )
}
