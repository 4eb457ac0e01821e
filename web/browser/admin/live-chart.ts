import uPlot from 'uplot'
import type { Language } from '../../../edge/contract/language.ts'
import type { TimelinePoint } from '../../../edge/contract/live.ts'
import { type LiveTextName, liveWords } from '../../admin/live-texts.ts'

type Line = {
  title: LiveTextName | 'p50' | 'p95' | 'p99'
  /** A custom property of admin.css. The colours differ in lightness too, and the dashes tell lines apart without colour. */
  color: string
  dash?: number[]
  value(point: TimelinePoint): number | null
}

const perSecond = (count: number, { seconds }: TimelinePoint) => Math.round(count / seconds * 10) / 10

const LINES: Record<string, Line[]> = {
  bookings: [
    { title: 'bookings', color: '--chart-1', value: (point) => perSecond(point.bookings, point) },
    { title: 'refusedShort', color: '--chart-2', dash: [6, 4], value: (point) => perSecond(point.refused, point) },
    { title: 'errorsShort', color: '--chart-3', dash: [2, 3], value: (point) => perSecond(point.errors, point) },
  ],
  seats: [{ title: 'left', color: '--chart-1', value: ({ left }) => left }],
  queue: [
    { title: 'waiting', color: '--chart-1', value: ({ waiting }) => waiting },
    { title: 'active', color: '--chart-2', dash: [6, 4], value: ({ active }) => active },
  ],
  latency: [
    { title: 'p50', color: '--chart-1', value: ({ p50 }) => p50 },
    { title: 'p95', color: '--chart-2', dash: [6, 4], value: ({ p95 }) => p95 },
    { title: 'p99', color: '--chart-3', dash: [2, 3], value: ({ p99 }) => p99 },
  ],
}

const HEIGHT = 200
const ZONE = 'Asia/Seoul'

/** A chart of the page that follows its width and the colour scheme. */
export type LiveChart = { show(points: readonly TimelinePoint[]): void }

/** Draws the chart that the element's `data-chart` names. */
export function createLiveChart(element: HTMLElement, language: Language): LiveChart {
  const lines = LINES[element.dataset.chart ?? ''] ?? []
  let points: readonly TimelinePoint[] = []
  let plot: uPlot | null = null

  const dataOf = (): uPlot.AlignedData => [
    points.map(({ at }) => Date.parse(at) / 1000),
    ...lines.map(({ value }) => points.map(value)),
  ]
  function draw(): void {
    plot?.destroy()
    plot = new uPlot(optionsOf(element, lines, language), dataOf(), element)
  }
  new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw)

  return {
    show(shown) {
      points = shown
      if (plot) plot.setData(dataOf())
      else if (element.clientWidth > 0) draw()
    },
  }
}

function optionsOf(element: HTMLElement, lines: Line[], language: Language): uPlot.Options {
  const style = getComputedStyle(element)
  const color = (name: string) => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
    font: '12px system-ui',
  }
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  // Without seconds where the marks are minutes apart.
  const timeLabels: uPlot.Axis.Values = (_, times, __, ___, apart) =>
    times.map((at) => time.format(at * 1000).slice(0, apart < 60 ? 8 : 5))
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { sync: { key: 'live' } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    scales: { y: { range: (_, min, max) => [Math.min(0, min), Math.max(1, max * 1.1)] } },
    axes: [
      Object.assign({}, axis, { values: timeLabels }),
      Object.assign({}, axis, { size: 56 }),
    ],
    series: [
      { label: liveWords(language)('time'), value: (_, at) => at === null ? '–' : time.format(at * 1000) },
      ...lines.map(({ title, color: name, dash }): uPlot.Series => ({
        label: title === 'p50' || title === 'p95' || title === 'p99' ? title : liveWords(language)(title),
        stroke: color(name),
        width: 2,
        ...(dash && { dash }),
        points: { show: false },
        value: (_, value) => value === null || value === undefined ? '–' : value.toLocaleString(language),
      })),
    ],
  }
}
