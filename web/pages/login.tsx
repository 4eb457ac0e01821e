import type { Language } from '../../edge/contract/language.ts'
import { paths } from '../../edge/contract/paths.ts'
import type { Problem } from '../../edge/contract/problems.ts'
import { Document } from '../render.tsx'
import { words } from '../text.ts'
import { ProblemNotice } from './notice.tsx'

type LoginProps = { language: Language; next: string; email?: string; problem?: Problem }

export function LoginPage({ language, next, email = '', problem }: LoginProps) {
  const word = words(language)
  return (
    <Document language={language} title={word('login')} path={paths.login(next)}>
      <div class='narrow'>
        <h1>{word('login')}</h1>
        <ProblemNotice problem={problem} />
        <form class='panel' method='post' action={paths.login()}>
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
          />
          <label for='password'>{word('password')}</label>
          <input id='password' name='password' type='password' required maxLength={200} autocomplete='current-password' />
          <button class='button wide' type='submit'>{word('login')}</button>
        </form>
        <p>
          {word('noAccount')} <a href={paths.signup(next)}>{word('signup')}</a>
        </p>
      </div>
    </Document>
  )
}
