import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../render.tsx'
import { words } from '../text.ts'
import { FieldProblem, isWrong, ProblemNotice } from './notice.tsx'

type SignupProps = { language: Language; next: string; email?: string; nickname?: string; problem?: Problem }

/** The rules of `origin/accounts.ts`, said to the browser. */
const PASSWORD = '(?=.*[a-z])(?=.*[0-9])(?=.*[!@#$%^&*\\(\\)_+])[a-zA-Z0-9!@#$%^&*\\(\\)_+]{8,20}'
const NICKNAME = '[가-힣a-zA-Z0-9]{2,10}'

export function SignupPage({ language, next, email = '', nickname = '', problem }: SignupProps) {
  const word = words(language)
  const describedBy = (field: string, hint?: string) =>
    [hint, isWrong(problem, field) && `${field}-problem`].filter(Boolean).join(' ') || undefined
  return (
    <Document language={language} title={word('signup')} path={paths.signup(next)}>
      <div class='narrow'>
        <h1>{word('signup')}</h1>
        <ProblemNotice problem={problem} />
        <form class='panel' method='post' action={paths.signup()}>
          <input type='hidden' name='next' value={next} />
          <label for='email'>{word('email')}</label>
          <input
            id='email'
            name='email'
            type='email'
            value={email}
            required
            maxLength={254}
            autocomplete='username'
            inputMode='email'
            aria-invalid={isWrong(problem, 'email')}
            aria-describedby={describedBy('email')}
          />
          <FieldProblem problem={problem} field='email' />
          <label for='password'>{word('password')}</label>
          <input
            id='password'
            name='password'
            type='password'
            required
            minLength={8}
            maxLength={20}
            pattern={PASSWORD}
            title={word('passwordHint')}
            autocomplete='new-password'
            aria-invalid={isWrong(problem, 'password')}
            aria-describedby={describedBy('password', 'password-hint')}
          />
          <p class='hint' id='password-hint'>{word('passwordHint')}</p>
          <FieldProblem problem={problem} field='password' />
          <label for='nickname'>{word('nickname')}</label>
          <input
            id='nickname'
            name='nickname'
            type='text'
            value={nickname}
            required
            minLength={2}
            maxLength={10}
            pattern={NICKNAME}
            title={word('nicknameHint')}
            autocomplete='nickname'
            aria-invalid={isWrong(problem, 'nickname')}
            aria-describedby={describedBy('nickname', 'nickname-hint')}
          />
          <p class='hint' id='nickname-hint'>{word('nicknameHint')}</p>
          <FieldProblem problem={problem} field='nickname' />
          <button class='button wide' type='submit'>{word('signup')}</button>
        </form>
        <p>
          {word('haveAccount')} <a href={paths.login(next)}>{word('login')}</a>
        </p>
      </div>
    </Document>
  )
}
