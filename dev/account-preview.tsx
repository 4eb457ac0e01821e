import type { VNode } from 'preact'
import type { Language } from '../edge/contract/language.ts'
import type { Problem, ProblemCode } from '../edge/contract/problems.ts'
import type { OwnSession } from '../web/components/own-sessions.tsx'
import { AccountDeletedPage } from '../web/pages/account-deleted.tsx'
import { AccountPage } from '../web/pages/account.tsx'
import { ForgotPage } from '../web/pages/forgot.tsx'
import { PrivacyPage, TermsPage } from '../web/pages/legal.tsx'
import { ResetPage } from '../web/pages/reset.tsx'
import { VerificationPage } from '../web/pages/verification.tsx'

type Failure = (code: ProblemCode, field?: string) => Problem

const CHROME = 'Mozilla/5.0 (Windows NT 10.0) Chrome/142.0'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1'
const session: OwnSession = {
  id: '019ab0d0-0000-7000-8000-000000000001',
  createdAt: '2026-11-20T08:00:00.000Z',
  lastUsedAt: '2026-11-28T08:00:00.000Z',
  address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
  userAgent: CHROME,
  isOwn: true,
}
const others = [
  { ...session, id: '019ab0d0-0000-7000-8000-000000000002', address: '203.0.113.9', userAgent: IPHONE, isOwn: false },
  { ...session, id: '019ab0d0-0000-7000-8000-000000000003', address: null, userAgent: '<script>alert(1)</script>', isOwn: false },
]
const EMAIL = 'a-rather-long-address.of-a-buyer@subdomain.example.com'
const TOKEN = 'x'.repeat(43)

/** The pages of a person's own account, of its links and of the terms, in each state. */
export function accountPreviews(language: Language, failure: Failure): Record<string, VNode> {
  const account = {
    language,
    user: { email: EMAIL, nickname: '관객', verified: true },
    isOperator: false,
    sessions: [session].concat(others),
    done: null,
    refused: null,
  }
  const unverified = { ...account, user: { ...account.user, verified: false } }
  const link = { language, email: EMAIL, token: TOKEN }
  return {
    'account': <AccountPage {...account} />,
    'account, unverified': <AccountPage {...unverified} sessions={[session]} />,
    'account, mail limited': <AccountPage {...unverified} refused={{ part: 'verification', problem: failure('rate_limited') }} />,
    'account, of an operator': <AccountPage {...account} isOperator done='nickname' />,
    'account, wrong password': (
      <AccountPage {...account} refused={{ part: 'email', problem: failure('validation_failed', 'emailPassword') }} />
    ),
    'account, common password': (
      <AccountPage {...account} refused={{ part: 'password', problem: failure('validation_failed', 'password') }} />
    ),
    'account, nickname taken': <AccountPage {...account} refused={{ part: 'nickname', problem: failure('nickname_taken') }} />,
    'account, with coming events': (
      <AccountPage {...account} refused={{ part: 'deletion', problem: failure('account_has_reservations') }} />
    ),
    'account deleted': <AccountDeletedPage language={language} />,
    'forgot': <ForgotPage language={language} isSent={false} />,
    'forgot, sent': <ForgotPage language={language} isSent />,
    'forgot, wrong': (
      <ForgotPage language={language} isSent={false} email='"a"@b' problem={failure('validation_failed', 'email')} />
    ),
    'reset': <ResetPage language={language} state='form' token={TOKEN} />,
    'reset, common password': (
      <ResetPage language={language} state='form' token={TOKEN} problem={failure('validation_failed', 'password')} />
    ),
    'reset, done': <ResetPage language={language} state='done' />,
    'reset, expired': <ResetPage language={language} state='expired' problem={failure('link_expired')} />,
    'verification': <VerificationPage {...link} state='confirm' />,
    'verification, login': <VerificationPage {...link} state='login' />,
    'verification, other account': <VerificationPage {...link} state='other_account' />,
    'verification, verified': <VerificationPage language={language} state='verified' />,
    'verification, changed': <VerificationPage language={language} state='changed' />,
    'verification, expired': <VerificationPage language={language} state='expired' problem={failure('link_expired')} />,
    'terms': <TermsPage language={language} />,
    'privacy': <PrivacyPage language={language} />,
  }
}
