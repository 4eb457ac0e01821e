import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import { dateTime } from '../../format.ts'
import { ActForm } from '../components/act-form.tsx'
import { explainLetter, type LetterSummary, type RefusedSeatAct } from './seat-texts.ts'

/** A dead letter. `at`: ISO 8601. `position`: in the booking log, `epoch-seq`. `cause`: the message of MySQL. `raw`: the entry as it is kept. */
export type DeadLetterItem = LetterSummary & { id: number; at: string; position: string; cause: string; raw: string }

type DeadLettersProps = { language: Language; eventId: number; letters: DeadLetterItem[]; refused: RefusedSeatAct | undefined }

export function DeadLetters({ language, eventId, letters, refused }: DeadLettersProps) {
  return (
    <ul class='letters'>
      {letters.map((letter) => {
        const refusedHere = refused?.letter === letter.id ? refused : undefined
        return (
          <li key={letter.id} class='panel'>
            <h3>{explainLetter(letter)[language]}</h3>
            <dl class='facts-list'>
              {letter.reservation && (
                <>
                  <dt>{T.reservation[language]}</dt>
                  <dd class='number-text'>{letter.reservation}</dd>
                </>
              )}
              <dt>{T.cause[language]}</dt>
              <dd>{letter.cause}</dd>
              <dt>{T.at[language]}</dt>
              <dd>{dateTime(letter.at, language)}</dd>
              <dt>{T.position[language]}</dt>
              <dd>{letter.position}</dd>
            </dl>
            <details class='terms'>
              <summary>{T.raw[language]}</summary>
              <p class='number-text'>{letter.raw}</p>
            </details>
            <div class='acts'>
              {letter.kind !== 'unreadable' && (
                <ActForm
                  language={language}
                  id={`retry-${letter.id}`}
                  action={paths.admin.deadLetterAct(eventId, letter.id, 'retry')}
                  label={T.retry[language]}
                  explanation={T.retryText[language]}
                  problem={refusedHere?.act === 'retry' ? refusedHere.problem : undefined}
                  reason={refusedHere?.act === 'retry' ? refusedHere.reason : undefined}
                />
              )}
              <ActForm
                language={language}
                id={`dismiss-${letter.id}`}
                action={paths.admin.deadLetterAct(eventId, letter.id, 'dismiss')}
                label={T.dismiss[language]}
                explanation={T.dismissText[language]}
                isDanger
                problem={refusedHere?.act === 'dismiss' ? refusedHere.problem : undefined}
                reason={refusedHere?.act === 'dismiss' ? refusedHere.reason : undefined}
              />
            </div>
          </li>
        )
      })}
    </ul>
  )
}

const T = {
  reservation: { ko: '예매 번호', en: 'Reservation' },
  cause: { ko: '거부된 이유', en: 'Why MySQL refused it' },
  at: { ko: '시각', en: 'When' },
  position: { ko: '예매 기록 위치', en: 'Position in the booking log' },
  raw: { ko: '원본', en: 'The entry' },
  retry: { ko: '다시 기록', en: 'Retry' },
  retryText: {
    ko: '이 항목을 MySQL에 한 번만 기록합니다. 판매 데이터를 다시 불러와야 하면 예매가 1~2초 기다립니다.',
    en: 'Writes the entry to MySQL, exactly once. If the sale must be loaded again, bookings wait for a second or two.',
  },
  dismiss: { ko: '무효 처리', en: 'Dismiss' },
  dismissText: {
    ko:
      '예매는 무효가 되고 좌석은 다시 판매됩니다. 취소였다면 취소되지 않은 것으로 남습니다. 구매자에게 알려 주세요. 원본은 감사 로그에 남습니다.',
    en:
      'A booking becomes void, and its seats go back on sale; a cancellation did not happen. Tell the buyer. The audit log keeps the entry.',
  },
} as const satisfies Record<string, Text>
