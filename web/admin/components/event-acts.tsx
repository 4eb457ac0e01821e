import type { ComponentChildren } from 'preact'
import { paths } from '../../../edge/contract/paths.ts'
import { may } from '../../../edge/contract/roles.ts'
import { FieldProblem } from '../../components/fields.tsx'
import { EVENT_PAGE_TEXTS as T } from '../event-page-texts.ts'
import type { AdminEventProps, EventAct } from '../event-page-props.ts'
import { ActForm } from './act-form.tsx'
import { titleOf } from '../titles.ts'

/** Dates that one form copies an event to. */
const DATES = 6

/** What an operator with this role can do with the event in its state. */
export function EventActs(props: AdminEventProps) {
  const { language, viewer, event, reservations } = props
  const isOn = event.published && !event.cancelledAt
  const mayControl = may(viewer.role, 'sales.control')
  const mayEdit = may(viewer.role, 'events.edit')
  const hasNone = reservations.confirmed + reservations.cancelled === 0
  if (!mayControl && !mayEdit) return null
  return (
    <section aria-labelledby='acts'>
      <h2 id='acts'>{T.acts[language]}</h2>
      <div class='acts'>
        {mayControl && isOn && event.saleState === 'on_sale' && (
          <Act props={props} act='stop'>
            <Message props={props} act='stop' />
          </Act>
        )}
        {mayControl && isOn && event.saleState === 'stopped' && <Act props={props} act='resume' />}
        {mayEdit && (
          <Act props={props} act='duplicate'>
            <Dates props={props} />
          </Act>
        )}
        {mayControl && isOn && (
          <Act props={props} act='cancel' isDanger>
            <p>
              <strong>{T.cancelCount(reservations.confirmed)[language]}</strong>
            </p>
            <Message props={props} act='cancel' />
          </Act>
        )}
        {mayEdit && hasNone && <Act props={props} act='delete' isDanger />}
      </div>
    </section>
  )
}

/** Publishes a draft. */
export const PublishAct = ({ props }: { props: AdminEventProps }) =>
  may(props.viewer.role, 'events.edit') ? <Act props={props} act='publish' /> : null

type ActProps = {
  props: AdminEventProps
  act: EventAct
  /** It cannot be undone, so that the title must be typed. */
  isDanger?: boolean
  children?: ComponentChildren
}

function Act({ props: { language, event, refused }, act, isDanger = false, children }: ActProps) {
  const problem = refused?.act === act ? refused.problem : undefined
  return (
    <ActForm
      language={language}
      id={act}
      action={paths.admin.eventAct(event.id, act)}
      label={T[act][language]}
      explanation={T[`${act}Hint`][language]}
      isDanger={isDanger}
      isMain={act === 'publish' || act === 'resume'}
      {...(isDanger && { confirmation: titleOf(event, language) })}
      problem={problem}
      reason={refused?.act === act ? refused.typed.reason : undefined}
    >
      {children}
    </ActForm>
  )
}

function Message({ props: { language, refused }, act }: { props: AdminEventProps; act: EventAct }) {
  const id = `${act}-message`
  return (
    <>
      <label for={id}>{T.message[language]}</label>
      <input id={id} name='message' maxLength={300} value={refused?.act === act ? refused.typed.message : ''} />
      <FieldProblem problem={refused?.act === act ? refused.problem : undefined} field='message' />
    </>
  )
}

function Dates({ props: { language, refused, event } }: { props: AdminEventProps }) {
  return (
    <fieldset>
      <legend>{T.dates[language]}</legend>
      <p class='hint'>{T.dateHint[language]} ({event.zone})</p>
      <div class='fields'>
        {Array.from({ length: DATES }, (_, i) => (
          <div key={i}>
            <input
              type='datetime-local'
              name='startsAt'
              id={`date-${i}`}
              step={60}
              aria-label={`${T.dates[language]} ${i + 1}`}
            />
          </div>
        ))}
      </div>
      <FieldProblem problem={refused?.act === 'duplicate' ? refused.problem : undefined} field='startsAt' />
      <label class='check-line'>
        <input type='checkbox' name='keepsOpening' value='yes' aria-label={T.keepsOpening[language]} /> {T.keepsOpening[language]}
      </label>
    </fieldset>
  )
}
