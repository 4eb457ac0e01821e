import type { Language } from '../../../edge/contract/language.ts'
import { REHEARSAL_STEPS, type RehearsalSheet } from '../../../edge/contract/rehearsals.ts'
import { count } from '../../format.ts'
import { duration, reasonText, rehearsalWords, STEP_NAMES } from '../rehearsal-texts.ts'
import { DataTable } from './data-table.tsx'

type SheetProps = { language: Language; sheet: RehearsalSheet }

/** The go / no-go sheet: the verdict with its reasons, the settings to use, the forecast, and the figures. */
export function RehearsalSheetView({ language, sheet }: SheetProps) {
  const word = rehearsalWords(language)
  const isGo = sheet.verdict === 'go'
  return (
    <>
      <div class={`notice ${isGo ? 'good' : 'problem'} verdict`}>
        <p>
          <strong>{word(isGo ? 'go' : 'noGo')}</strong>
        </p>
        <ul>
          {sheet.reasons.map((reason) => (
            <li key={reason.code} class={reason.isGood || reason.code === 'load_limited' ? undefined : 'bad'}>
              {reasonText(reason, language)}
            </li>
          ))}
        </ul>
      </div>
      <Suggestion language={language} sheet={sheet} />
      <Measured language={language} sheet={sheet} />
    </>
  )
}

function Suggestion({ language, sheet: { suggestion, forecast } }: SheetProps) {
  const word = rehearsalWords(language)
  if (!suggestion || !forecast) return null
  const { sellOutSeconds, longestWaitSeconds, buyers, seats } = forecast
  return (
    <div class='sheet-parts'>
      <div class='panel'>
        <h3>{word('suggestion')}</h3>
        <dl class='figures'>
          <Figure title={word('perMinute')}>{count(suggestion.perMinute, language)}</Figure>
          <Figure title={word('capacity')}>{count(suggestion.capacity, language)}</Figure>
        </dl>
        <p class='hint'>{word(suggestion.isLowerBound ? 'lowerBound' : 'reduced')}</p>
      </div>
      <div class='panel'>
        <h3>{word('forecast')}</h3>
        <dl class='figures'>
          <Figure title={word('sellOut')}>
            {sellOutSeconds === null ? word('noSellOut') : duration(sellOutSeconds, language)}
          </Figure>
          <Figure title={word('longestWait')}>{duration(longestWaitSeconds, language)}</Figure>
        </dl>
        <p class='hint'>{forecastBasis({ buyers, seats, visitSeconds: suggestion.visitSeconds }, language)}</p>
      </div>
    </div>
  )
}

function forecastBasis(basis: { buyers: number; seats: number; visitSeconds: number }, language: Language): string {
  const [buyers, seats] = [count(basis.buyers, language), count(basis.seats, language)]
  return language === 'ko'
    ? `관객 ${buyers}명이 ${seats}석을 권장 설정으로 예매하고, 한 명이 평균 ${basis.visitSeconds}초 머문다고 가정한 값입니다.`
    : `For ${buyers} buyers and ${seats} seats with the suggested settings, if a visit takes ${basis.visitSeconds} seconds.`
}

function Measured({ language, sheet }: SheetProps) {
  const word = rehearsalWords(language)
  const number = (value: number) => count(value, language)
  const { soldOutAfterMs, bookings, maxLagMs, errors, requests, integrity: { sold, left, seats }, refusals } = sheet
  return (
    <>
      <h3>{word('measured')}</h3>
      <dl class='figures'>
        <Figure title={word('soldOut')}>
          {soldOutAfterMs === null ? word('noSellOut') : duration(soldOutAfterMs / 1_000, language)}
        </Figure>
        <Figure title={word('peak')}>{number(bookings.peakPerSecond)}</Figure>
        <Figure title={word('mean')}>{number(bookings.meanPerSecond)}</Figure>
        <Figure title={word('lag')}>{`${number(maxLagMs)} ms`}</Figure>
        <Figure title={word('errors')}>{`${number(errors)} / ${number(requests)}`}</Figure>
        <Figure title={word('seats')}>{`${number(sold)} + ${number(left)} = ${number(seats)}`}</Figure>
      </dl>
      <h3>{word('steps')}</h3>
      <DataTable
        caption={word('steps')}
        rows={REHEARSAL_STEPS.map((step) => Object.assign({ step }, sheet.steps[step]))}
        keyOf={({ step }) => step}
        columns={[
          { title: word('step'), cell: ({ step }) => STEP_NAMES[step][language] },
          { title: word('requests'), isNumber: true, cell: (row) => number(row.count) },
          { title: 'p50', isNumber: true, cell: ({ p50Ms }) => `${number(p50Ms)} ms` },
          { title: 'p95', isNumber: true, cell: ({ p95Ms }) => `${number(p95Ms)} ms` },
          { title: 'p99', isNumber: true, cell: ({ p99Ms }) => `${number(p99Ms)} ms` },
        ]}
      />
      {refusals.length > 0 && (
        <p class='hint'>
          {word('refusals')}: {refusals.map(({ code, count: total }) => `${code} ${number(total)}`).join(' · ')}
        </p>
      )}
    </>
  )
}

const Figure = ({ title, children }: { title: string; children: string }) => (
  <div>
    <dt>{title}</dt>
    <dd>{children}</dd>
  </div>
)
