import type { Language, Text } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { Field } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { dateTime } from '../../format.ts'
import { AdminDocument, type Viewer } from '../admin-document.tsx'

export type TwoFactorState =
  | { kind: 'none' }
  /** `secret`: base32. `uri`: for an app on the same device. `qr`: an SVG path in a square of `size` units. */
  | { kind: 'pending'; secret: string; uri: string; qr: { size: number; path: string } }
  /** The session has no second factor yet, or its code was entered too long ago for what comes next. */
  | { kind: 'code_needed' }
  /** `since`: ISO 8601. */
  | { kind: 'active'; since: string; recoveryCodesLeft: number }

type TwoFactorProps = {
  language: Language
  viewer: Viewer
  state: TwoFactorState
  /** Whether the admin pages need a second factor. */
  isRequired: boolean
  /** The page to open after the code. */
  next: string
  problem?: Problem | undefined
}

/** An operator's own second factor. */
export function TwoFactorPage(props: TwoFactorProps) {
  const { language, viewer, state, isRequired, problem } = props
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.twoFactor()}
      title={T.title[language]}
      lead={isRequired && state.kind !== 'active' ? T.required[language] : undefined}
    >
      <div class='narrow left'>
        <ProblemNotice problem={problem} />
        <Step {...props} state={state} />
      </div>
    </AdminDocument>
  )
}

function Step({ language, state, next, problem }: TwoFactorProps) {
  switch (state.kind) {
    case 'none':
      return (
        <form class='panel' method='post' action={`${paths.admin.twoFactorSetup}?${new URLSearchParams({ next })}`}>
          <p>{T.why[language]}</p>
          <p>{T.app[language]}</p>
          <button class='button wide' type='submit'>{T.start[language]}</button>
        </form>
      )
    case 'pending':
      return <Pending language={language} state={state} problem={problem} />
    case 'code_needed':
      return (
        <form class='panel' method='post' action={paths.admin.twoFactor(next)}>
          <CodeField language={language} problem={problem} hint={T.enterHint[language]} />
          <button class='button wide' type='submit'>{T.enter[language]}</button>
        </form>
      )
    case 'active':
      return <Active language={language} state={state} problem={problem} />
    default:
      return state satisfies never
  }
}

type PendingProps = { language: Language; state: Extract<TwoFactorState, { kind: 'pending' }>; problem: Problem | undefined }

function Pending({ language, state: { secret, uri, qr }, problem }: PendingProps) {
  return (
    <form class='panel' method='post' action={paths.admin.twoFactorConfirmation}>
      <p>{T.scan[language]}</p>
      <svg class='qr' viewBox={`-4 -4 ${qr.size + 8} ${qr.size + 8}`} role='img' aria-label={T.qr[language]}>
        <rect x='-4' y='-4' width={qr.size + 8} height={qr.size + 8} fill='#fff' />
        <path d={qr.path} fill='#000' />
      </svg>
      <p class='small'>
        <a href={uri}>{T.sameDevice[language]}</a>
      </p>
      <p class='small'>
        {T.byHand[language]}
        <br />
        <code class='hash'>{secret.replace(/.{4}(?=.)/g, '$& ')}</code>
      </p>
      <CodeField language={language} problem={problem} hint={T.confirmHint[language]} />
      <button class='button wide' type='submit'>{T.confirm[language]}</button>
    </form>
  )
}

type ActiveProps = { language: Language; state: Extract<TwoFactorState, { kind: 'active' }>; problem: Problem | undefined }

function Active({ language, state: { since, recoveryCodesLeft }, problem }: ActiveProps) {
  const left = language === 'ko' ? `${recoveryCodesLeft}개` : String(recoveryCodesLeft)
  return (
    <>
      <p class='notice good'>{T.active[language]}</p>
      <dl class='facts panel'>
        <dt>{T.since[language]}</dt>
        <dd>{dateTime(since, language)}</dd>
        <dt>{T.codesLeft[language]}</dt>
        <dd>{left}</dd>
      </dl>
      <details class='act' open={problem !== undefined}>
        <summary class='button secondary'>{T.change[language]}</summary>
        <form class='panel' method='post' action={paths.admin.recoveryCodes}>
          <CodeField language={language} problem={problem} hint={T.enterHint[language]} />
          <p class='hint'>{T.newCodesHint[language]}</p>
          <button class='button wide secondary' type='submit'>{T.newCodes[language]}</button>
          <p class='hint'>{T.removeHint[language]}</p>
          <button class='button wide danger' type='submit' formaction={paths.admin.twoFactorRemoval}>{T.remove[language]}</button>
        </form>
      </details>
    </>
  )
}

type CodeFieldProps = { language: Language; problem: Problem | undefined; hint: string }

function CodeField({ language, problem, hint }: CodeFieldProps) {
  const input = { autocomplete: 'one-time-code', maxLength: 40, autocapitalize: 'characters', spellcheck: false } as const
  return <Field name='code' label={T.code[language]} hint={hint} problem={problem} input={input} />
}

const T = {
  title: { ko: '2단계 인증', en: 'Two-factor authentication' },
  required: {
    ko: '관리 페이지는 2단계 인증을 마친 뒤 이용할 수 있습니다.',
    en: 'The admin pages open after this second step.',
  },
  why: {
    ko: '비밀번호가 새어 나가도 휴대전화의 코드 없이는 관리 페이지에 들어올 수 없게 합니다.',
    en: 'Even with your password, nobody gets into the admin pages without a code from your phone.',
  },
  app: {
    ko: 'Google Authenticator, Microsoft Authenticator, 1Password 같은 인증 앱이 필요합니다.',
    en: 'You need an authenticator app, such as Google Authenticator, Microsoft Authenticator or 1Password.',
  },
  start: { ko: '설정 시작', en: 'Set it up' },
  scan: { ko: '인증 앱으로 QR 코드를 찍으세요.', en: 'Scan this code with your authenticator app.' },
  qr: { ko: '인증 앱용 QR 코드', en: 'QR code for the authenticator app' },
  sameDevice: { ko: '이 기기의 인증 앱에서 열기', en: 'Open in an app on this device' },
  byHand: { ko: 'QR 코드를 찍을 수 없으면 이 키를 직접 입력하세요.', en: 'Or type this key into the app:' },
  code: { ko: '인증 코드', en: 'Code' },
  confirmHint: { ko: '앱에 표시된 6자리 숫자', en: 'The six digits that the app shows' },
  enterHint: { ko: '앱에 표시된 6자리 숫자 또는 복구 코드', en: 'The six digits that the app shows, or a recovery code' },
  confirm: { ko: '사용하기', en: 'Turn on' },
  enter: { ko: '계속', en: 'Continue' },
  active: { ko: '2단계 인증을 사용하고 있습니다.', en: 'Two-factor authentication is on.' },
  since: { ko: '시작', en: 'Since' },
  codesLeft: { ko: '남은 복구 코드', en: 'Recovery codes left' },
  change: { ko: '복구 코드 다시 만들기 · 해제', en: 'New recovery codes, or turn off' },
  newCodes: { ko: '새 복구 코드 만들기', en: 'Make new recovery codes' },
  newCodesHint: { ko: '이전 복구 코드는 모두 쓸 수 없게 됩니다.', en: 'All earlier recovery codes stop working.' },
  remove: { ko: '2단계 인증 해제', en: 'Turn off' },
  removeHint: {
    ko: '휴대전화를 바꿀 때는 해제한 뒤 다시 설정하세요. 다른 기기에서는 모두 로그아웃됩니다.',
    en: 'To use another phone, turn it off and set it up again. All your other devices are logged out.',
  },
} as const satisfies Record<string, Text>
