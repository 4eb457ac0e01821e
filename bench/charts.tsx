import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/** One line of a chart. */
export type Line = { name: string; points: { x: number; y: number }[] }

/** The width of a phone's screen; wider pages show several charts side by side. */
const [WIDTH, HEIGHT] = [380, 230]
/** A colour of the page's palette. Lines of one name have one colour in all charts of a scenario. */
export const colourOf = (index: number) => `var(--c${index % 10})`

type Axes = { x: string; y: string; isLogX?: boolean; isLogY?: boolean; hasDots?: boolean }

/** A line chart as static SVG: Observable Plot renders into a linkedom document. */
export function LineChart({ title, lines, axes }: { title: string; lines: Line[]; axes: Axes }) {
  const rows = lines.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })))
  const channels = { x: 'x', y: 'y', stroke: 'name' }
  const drawn = Plot.plot({
    document: parseHTML('<!doctype html><html></html>').document,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginTop: 26,
    marginBottom: 36,
    style: { fontSize: '11px', background: 'transparent' },
    x: { label: axes.x, type: axes.isLogX ? 'log' : 'linear', ticks: 5, tickFormat: short },
    y: { label: axes.y, type: axes.isLogY ? 'log' : 'linear', ticks: 5, tickFormat: short, grid: true, zero: !axes.isLogY },
    color: { domain: lines.map(({ name }) => name), range: lines.map((_, i) => colourOf(i)) },
    marks: [
      Plot.line(rows, { ...channels, strokeWidth: 1.75 }),
      ...axes.hasDots ? [Plot.dot(rows, { ...channels, fill: 'name', r: 3 })] : [],
    ],
  })
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div dangerouslySetInnerHTML={{ __html: drawn.outerHTML }} />
    </figure>
  )
}

/** Stacked bars with their totals; the legend lists the largest part first. */
export function Bars(
  { title, unit, bars }: { title: string; unit: string; bars: { name: string; parts: { name: string; value: number }[] }[] },
) {
  const sum = (parts: { value: number }[]) => parts.reduce((all, { value }) => all + value, 0)
  const greatest = Math.max(...bars.map(({ parts }) => sum(parts)))
  const kinds = [...new Set(bars.flatMap(({ parts }) => parts.map(({ name }) => name)))]
  return (
    <figure>
      <figcaption>{title}</figcaption>
      {kinds.length > 1 && <Legend names={kinds} />}
      {bars.map(({ name, parts }) => (
        <div key={name} class='bar'>
          <span>{name}</span>
          <b>{short(sum(parts))} {unit}</b>
          <i>
            {parts.map((part) => (
              <u
                key={part.name}
                title={`${part.name} ${short(part.value)} ${unit}`}
                style={`width:${part.value / greatest * 100}%;background:${colourOf(kinds.indexOf(part.name))}`}
              />
            ))}
          </i>
        </div>
      ))}
    </figure>
  )
}

export const Legend = ({ names }: { names: string[] }) => (
  <p class='legend'>
    {names.map((name, i) => (
      <span key={name}>
        <i style={`background:${colourOf(i)}`} />
        {name}
      </span>
    ))}
  </p>
)

function short(value: number): string {
  const [size, letter] = Math.abs(value) >= 1e6 ? [1e6, 'M'] : Math.abs(value) >= 1e4 ? [1e3, 'k'] : [1, '']
  return `${Number((value / size).toPrecision(3)).toLocaleString('en')}${letter}`
}
