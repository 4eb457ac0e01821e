import type { ComponentChildren } from 'preact'
import type { Language } from '../../../edge/contract/language.ts'
import type { LiveFrame } from '../../../edge/contract/live.ts'
import { count, timeOfDay } from '../../format.ts'
import { HELD_BY_TEXTS, INVENTORY_TEXTS, liveWords, PHASE_TEXTS, STATUS_TEXTS } from '../live-texts.ts'

export type LiveNowProps = {
  language: Language
  /** Null before the first figures. */
  frame: LiveFrame | null
  /** Whether newer figures should have arrived. */
  isStale: boolean
}

/** The present figures of a sale, the most important first. The server and the page's script render it. */
export function LiveNow({ language, frame, isStale }: LiveNowProps) {
  const word = liveWords(language)
  if (!frame) return <p class='notice'>{word('noFigures')}</p>
  const isBad = frame.inventory === 'drift'
  return (
    <>
      {isStale && <p class='notice problem' role='alert'>{word('stale')}</p>}
      <p class='live-state'>
        <span class={`light ${frame.inventory}`}>
          {word('inventory')}: {INVENTORY_TEXTS[frame.inventory][language]}
        </span>
        <span class={`chip ${frame.status === 'on_sale' ? 'on-sale' : isBad ? 'few' : 'over'}`}>
          {STATUS_TEXTS[frame.status][language]}
        </span>
        <span class='muted small'>
          {word('asOf')} {timeOfDay(frame.at)}
        </span>
      </p>
      <Headline language={language} frame={frame} />
      <Figures language={language} frame={frame} />
    </>
  )
}

/** What decides whether an operator must act: seats, when they run out, and how fast they sell. */
function Headline({ language, frame }: { language: Language; frame: LiveFrame }) {
  const word = liveWords(language)
  const { left, total, projectedSellOutAt, bookingsPerSecond, seatsPerSecond } = frame
  return (
    <dl class='headline'>
      <div>
        <dt>{word('left')}</dt>
        <dd>
          {count(left, language)}{' '}
          <small>{language === 'ko' ? `/ ${count(total, language)}석` : `of ${count(total, language)}`}</small>
        </dd>
      </div>
      <div>
        <dt>{word('sellOut')}</dt>
        <dd class={projectedSellOutAt ? undefined : 'unknown'}>
          {projectedSellOutAt ? timeOfDay(projectedSellOutAt) : word('noSellOut')} <small>{word('noSellOutHint')}</small>
        </dd>
      </div>
      <div>
        <dt>{word('bookingsPerSecond')}</dt>
        <dd>
          {count(bookingsPerSecond, language)}{' '}
          <small>{language === 'ko' ? `${count(seatsPerSecond, language)}석` : `${count(seatsPerSecond, language)} seats`}</small>
        </dd>
      </div>
    </dl>
  )
}

function Figures({ language, frame }: { language: Language; frame: LiveFrame }) {
  const word = liveWords(language)
  const { queue, passes, refusals, errorsPerSecond, latency, writeBackLagMs } = frame
  const hasEdges = frame.processes.some(({ kind }) => kind === 'edge')
  const refused = Object.values(refusals).reduce((sum, refusals) => sum + refusals, 0)
  const visitors = (figure: 'waiting' | 'active') => queue ? count(queue[figure], language) : hasEdges ? '0' : '–'
  const p95 = (latency.edge ?? latency.origin)?.p95
  return (
    <dl class='figures live-figures'>
      <Figure title={word(queue?.phase === 'lobby' ? 'lobby' : 'waiting')} hint={queue && PHASE_TEXTS[queue.phase][language]}>
        {visitors('waiting')}
      </Figure>
      <Figure title={word('active')}>{visitors('active')}</Figure>
      <Figure
        title={word('passes')}
        hint={queue && queue.waiting > 0 ? `${word('heldBy')}: ${HELD_BY_TEXTS[queue.heldBy][language]}` : null}
      >
        {count(passes, language)}
      </Figure>
      <Figure title={word('refused')}>{count(refused, language)}</Figure>
      <Figure title={word('latency')}>{p95 === undefined ? '–' : `${count(p95, language)} ms`}</Figure>
      <Figure title={word('lag')} isBad={(writeBackLagMs ?? 0) > LATE_MS}>
        {writeBackLagMs === null ? '–' : `${(writeBackLagMs / 1000).toFixed(1)} s`}
      </Figure>
      <Figure title={word('errors')} isBad={errorsPerSecond > 0}>{count(errorsPerSecond, language)}</Figure>
    </dl>
  )
}

/** The write-back normally needs a second or two. */
const LATE_MS = 15_000

type FigureProps = { title: string; hint?: string | null; isBad?: boolean; children: ComponentChildren }

function Figure({ title, hint = null, isBad = false, children }: FigureProps) {
  return (
    <div class={isBad ? 'bad' : undefined}>
      <dt>{title}</dt>
      <dd>
        {children} {hint && <small>{hint}</small>}
      </dd>
    </div>
  )
}
