/** A text in its own direction, with marks around the ranges [start, end), which are in order and do not overlap. */
export function Highlighted({ text, ranges = [] }: { text: string; ranges?: [start: number, end: number][] | undefined }) {
  let end = 0
  const parts = ranges.flatMap(([start, until]) => {
    const before = text.slice(end, start)
    end = until
    return [before, <mark key={start}>{text.slice(start, until)}</mark>]
  })
  return <bdi>{parts}{text.slice(end)}</bdi>
}
