import type { Language } from '../../../edge/contract/language.ts'
import { checkInSentences, checkInWords } from '../check-in-texts.ts'
import type { CheckInActs, CheckInState } from '../check-in-state.ts'

type InputsProps = { language: Language; state: CheckInState; acts?: CheckInActs | undefined }

/** The ways to check a ticket: camera, code, picture. */
export function CheckInInputs({ language, state, acts }: InputsProps) {
  const word = checkInWords(language)
  const { camera, device, choice } = state
  return (
    <section class='door-inputs' aria-label={word('check')}>
      {choice && <SeatChoice language={language} choice={choice} acts={acts} />}
      <div class='door-camera' hidden={camera !== 'on'}>
        <video id='camera' aria-label={word('camera')} autoplay muted playsinline></video>
        <p class='small'>{word('cameraHint')}</p>
      </div>
      {camera === 'denied' && <p class='notice warn' role='alert'>{word('cameraDenied')}</p>}
      <button class='button wide' type='button' onClick={() => acts?.onCamera()}>
        {word(camera === 'on' ? 'stopCamera' : 'startCamera')}
      </button>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          const input = event.currentTarget.elements.namedItem('code') as HTMLInputElement
          acts?.onCode(input.value)
          input.value = ''
        }}
      >
        <label for='code'>{word('code')}</label>
        <div class='door-code'>
          <input
            id='code'
            name='code'
            required
            maxLength={500}
            autocomplete='off'
            autocapitalize='characters'
            spellcheck={false}
            aria-describedby='code-hint'
          />
          <button class='button' type='submit'>{word('check')}</button>
        </div>
        <p class='hint' id='code-hint'>{word('codeHint')}</p>
      </form>
      <details>
        <summary>{word('picture')} · {word('device')}</summary>
        <label for='picture'>{word('picture')}</label>
        <input
          id='picture'
          type='file'
          accept='image/*'
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            if (file) acts?.onPicture(file)
            currentTarget.value = ''
          }}
        />
        <label for='device'>{word('device')}</label>
        <input
          id='device'
          maxLength={40}
          value={device}
          aria-describedby='device-hint'
          onChange={({ currentTarget }) => acts?.onDevice(currentTarget.value)}
        />
        <p class='hint' id='device-hint'>{word('deviceHint')}</p>
      </details>
    </section>
  )
}

type SeatChoiceProps = { language: Language; choice: NonNullable<CheckInState['choice']>; acts?: CheckInActs | undefined }

function SeatChoice({ language, choice, acts }: SeatChoiceProps) {
  return (
    <fieldset class='door-seats'>
      <legend>{checkInWords(language)('chooseSeat')}</legend>
      {choice.map(({ code, isUsed, ordinal }) => (
        <button
          key={code}
          class={`button ${isUsed ? 'secondary' : ''}`}
          type='button'
          onClick={() => acts?.onCode(code)}
        >
          {checkInSentences.seat(ordinal, choice.length)[language]}
        </button>
      ))}
    </fieldset>
  )
}
