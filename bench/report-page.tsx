import { render } from 'preact-render-to-string'
import { Bars, Legend, LineChart } from './charts.tsx'
import { median } from './latency.ts'
import type { Report } from './report.ts'
import { DISTURBED_CORES, type Figure, type Growth, isMet, type Run, showTarget, showValue, worstGrowth } from './scenario.ts'

/** Renders a report as one self-contained page without scripts. */
export function renderReport(report: Report): string {
  return `<!doctype html>${render(<ReportPage report={report} />)}`
}

function ReportPage({ report: { commit, date, machine, versions, parameters, scenarios } }: { report: Report }) {
  const aimed = scenarios.flatMap(({ name, figures }) =>
    figures.filter(({ target }) => target).map((figure) => ({ name, figure }))
  )
  const missed = aimed.filter(({ figure }) => isMet(figure) === 'no').length
  const faults = scenarios.flatMap((scenario) => scenario.faults)
  return (
    <html lang='en'>
      <head>
        <meta charset='utf-8' />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <title>{`NETicket bench, ${date.slice(0, 10)}, ${commit}`}</title>
        <style dangerouslySetInnerHTML={{ __html: STYLE }} />
      </head>
      <body>
        <header>
          <h1>NETicket bench</h1>
          <p>
            {date.slice(0, 16).replace('T', ' ')} UTC, commit <code>{commit}</code>
            {parameters.quick ? ', a quick run: its figures are not meaningful' : `, ${parameters.rounds} rounds`}
          </p>
          <p>
            {machine.cores} × {machine.model}, {machine.memoryGb} GB, {machine.system}:{' '}
            {Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}
          </p>
          <p>
            Servers, stores and the load generator share these cores. Contenders run in turn; each figure is the median of its
            rounds. A ratio by CPU compares what the servers' own processes used per response, which other processes do not
            affect.
          </p>
          {faults.length > 0
            ? (
              <p class='no'>
                {faults.length === 1 ? 'Once' : `${faults.length} times`} a response or a store was wrong: this run is invalid.
              </p>
            )
            : <p class='yes'>All responses and stores were right.</p>}
        </header>
        {aimed.length > 0 && (
          <section>
            <h2>{aimed.length - missed} of {aimed.length} targets are met</h2>
            <Figures rows={aimed} />
          </section>
        )}
        {scenarios.map((scenario) => (
          <section key={scenario.name} id={scenario.name}>
            <h2>{scenario.name}</h2>
            <p>{scenario.question}</p>
            {scenario.faults.map((fault) => <p key={fault} class='no'>{fault}</p>)}
            <Figures rows={scenario.figures.map((figure) => ({ name: '', figure }))} />
            {scenario.runs.length > 0 && <Charts runs={scenario.runs} />}
            {scenario.growths.length > 0 && <Growths growths={scenario.growths} />}
          </section>
        ))}
      </body>
    </html>
  )
}

function Figures({ rows }: { rows: { name: string; figure: Figure }[] }) {
  if (rows.length === 0) return null
  return (
    <div class='wide'>
      <table>
        <thead>
          <tr>
            <th>what</th>
            <th>measured</th>
            <th>target</th>
            <th>rounds</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, figure }) => (
            <tr key={`${name} ${figure.what}`}>
              <td>
                {name && <a href={`#${name}`}>{name}</a>} {figure.what}
                {figure.note && <small>{figure.note}</small>}
              </td>
              <td class={isMet(figure)}>{showValue(figure)}</td>
              <td>{showTarget(figure)}</td>
              <td>{figure.rounds?.map((value) => showValue({ value, unit: '' })).join(' · ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Charts of one load's rounds: bars show the medians, lines the middle round. */
function Charts({ runs }: { runs: Run[] }) {
  const groups = [...Map.groupBy(runs, ({ what }) => what)].map(([what, rounds]) => ({
    what,
    rounds,
    middle: [...rounds].sort((a, b) => a.perSecond - b.perSecond)[rounds.length >> 1]!,
  }))
  const over = (rounds: Run[], value: (run: Run) => number) => median(rounds.map(value))
  const lines = (of: (run: Run) => { x: number; y: number }[]) =>
    groups.map(({ what, middle }) => ({ name: what, points: of(middle) }))
  return (
    <>
      {groups.filter(({ middle }) => Object.keys(middle.facts).length > 0).map(({ what, middle }) => (
        <p key={what}>
          {what}: {Object.entries(middle.facts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`).join(', ')}
        </p>
      ))}
      {runs.some(({ othersCores }) => othersCores > DISTURBED_CORES) && (
        <p>
          Something else on the machine kept up to {Math.max(...runs.map(({ othersCores }) => othersCores))}{' '}
          cores busy during a run: its figures are unreliable.
        </p>
      )}
      <div class='charts'>
        <Bars
          title='Responses per second'
          unit='/s'
          bars={groups.map(({ what, rounds }) => ({
            name: what,
            parts: [{ name: 'responses', value: over(rounds, ({ perSecond }) => perSecond) }],
          }))}
        />
        <Bars
          title='CPU time per response'
          unit='µs'
          bars={groups.map(({ what, rounds, middle }) => ({
            name: what,
            parts: Object.keys(middle.cpuUs).map((name) => ({ name, value: over(rounds, ({ cpuUs }) => cpuUs[name] ?? 0) }))
              .filter(({ value }) => value >= 0.5),
          }))}
        />
      </div>
      <Legend names={groups.map(({ what }) => what)} />
      <div class='charts'>
        <LineChart
          title='Latency by percentile, ms'
          lines={lines(({ latency: { p50, p90, p99, p999 } }) =>
            [[50, p50], [90, p90], [99, p99], [99.9, p999]].map(([share, ms]) => ({
              x: 100 / (100 - share!),
              y: Math.max(0.01, ms!),
            }))
          )}
          axes={{ x: 'one in … is slower', y: 'ms', isLogX: true, isLogY: true, hasDots: true }}
        />
        <LineChart
          title='99th percentile over time, ms'
          lines={lines(({ slices }) => slices.map(({ atMs, p99 }) => ({ x: atMs / 1000, y: p99 })))}
          axes={{ x: 's', y: 'ms' }}
        />
        <LineChart
          title='Responses per second over time'
          lines={lines(({ slices }) => slices.map(({ atMs, perSecond }) => ({ x: atMs / 1000, y: perSecond })))}
          axes={{ x: 's', y: '/s' }}
        />
      </div>
    </>
  )
}

function Growths({ growths }: { growths: Growth[] }) {
  return (
    <>
      <div class='charts'>
        {growths.map((growth) => (
          <LineChart
            key={growth.what}
            title={`${growth.what}, ${growth.unit}`}
            lines={[
              { name: 'measured', points: growth.points.map(({ work, cost }) => ({ x: work, y: Math.max(0.001, cost) })) },
              { name: 'n log n from the first', points: nLogN(growth) },
            ]}
            axes={{ x: growth.of, y: growth.unit, isLogX: true, isLogY: true, hasDots: true }}
          />
        ))}
      </div>
      <Legend names={['measured', 'n log n from the first point']} />
      <div class='wide'>
        <table>
          <thead>
            <tr>
              <th>cost</th>
              <th>measured</th>
              <th>to n log n</th>
            </tr>
          </thead>
          <tbody>
            {growths.map((growth) => (
              <tr key={growth.what}>
                <td>{growth.what}, {growth.unit}</td>
                <td>
                  {growth.points.map(({ work, cost }) => `${work.toLocaleString('en')}: ${showValue({ value: cost, unit: '' })}`)
                    .join(' · ')}
                </td>
                <td>{worstGrowth(growth).toFixed(2)} ×</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  )
}

function nLogN({ points }: Growth) {
  const weight = (work: number) => work * Math.log2(Math.max(2, work))
  const [first] = points
  return points.map(({ work }) => ({ x: work, y: Math.max(0.001, first!.cost * weight(work) / weight(first!.work)) }))
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b1f; --soft: #5f5b66; --line: #dcd8e0; --paper: #fff; --card: #f7f5f9; --good: #146c2e; --bad: #b3261e;
  --c0: #5b3df5; --c1: #c2410c; --c2: #0e7490; --c3: #a21caf; --c4: #4d7c0f; --c5: #64748b; --c6: #be123c; --c7: #0369a1; --c8: #854d0e; --c9: #047857 }
@media (prefers-color-scheme: dark) { :root { --ink: #ece9f1; --soft: #a9a4b3; --line: #3a3742; --paper: #141218; --card: #1d1b22; --good: #7bd88f;
  --bad: #ff8a80; --c0: #a493ff; --c1: #fb923c; --c2: #22d3ee; --c3: #e879f9; --c4: #a3e635; --c5: #94a3b8; --c6: #fb7185; --c7: #7dd3fc; --c8: #fcd34d; --c9: #6ee7b7 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1240px; padding: 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.6rem; margin: .5rem 0 } h2 { font-size: 1.2rem; margin: 0 0 .25rem }
p { margin: .25rem 0 .5rem; max-width: 80ch; overflow-wrap: anywhere } header p { color: var(--soft) } a { color: inherit }
section { border-top: 1px solid var(--line); padding: 1.25rem 0; margin-top: 1rem }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--soft); font-weight: 500; font-size: .85rem } td:nth-child(2), td:nth-child(3) { white-space: nowrap }
td:nth-child(2) { font-weight: 600 } td:nth-child(4) { color: var(--soft); font-size: .85rem }
td small { display: block; color: var(--soft) } .yes { color: var(--good) !important } .no { color: var(--bad) !important }
td.yes::after { content: " ✓" } td.no::after { content: " ✗" }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 1rem; margin: 1rem 0 }
figure { margin: 0; padding: .75rem; background: var(--card); border-radius: 8px; min-width: 0 } figcaption { font-weight: 600; margin-bottom: .25rem }
figure svg { width: 100%; height: auto }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .85rem; color: var(--soft); max-width: none }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em }
.bar { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; margin: .4rem 0; font-size: .85rem } .bar b { font-variant-numeric: tabular-nums }
.bar i { grid-column: 1 / -1; display: flex; height: .7rem; background: var(--line); border-radius: 3px; overflow: hidden } .bar u { height: 100% }
@media (max-width: 600px) { .wide table, .wide tbody, .wide tr, .wide td { display: block; border: 0; padding: 0; white-space: normal !important }
  .wide thead { display: none } .wide tr { border-bottom: 1px solid var(--line); padding: .5rem 0 }
  .wide td:nth-child(2), .wide td:nth-child(3) { display: inline-block; margin-right: 1rem }
  .wide td:nth-child(3):not(:empty)::before { content: "target "; color: var(--soft) } }
`
