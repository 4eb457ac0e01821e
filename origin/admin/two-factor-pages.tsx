import * as z from 'zod'
import { localPath, paths } from '../../edge/contract/paths.ts'
import { describeProblem, type Problem } from '../../edge/contract/problems.ts'
import { RecoveryCodesPage } from '../../web/admin/pages/recovery-codes.tsx'
import { TwoFactorPage, type TwoFactorState } from '../../web/admin/pages/two-factor.tsx'
import { renderPage } from '../../web/render.tsx'
import { findUser, type User } from '../accounts.ts'
import { rememberDevice, replaceSession, senderOf } from '../browser-session.ts'
import { setSessionCookies } from '../cookies.ts'
import { type Ctx, problem, statusOf } from '../http.tsx'
import { readForm } from '../input.ts'
import { enterCode } from '../operator-logins.ts'
import { drawQrCode } from '../qr-code.ts'
import { codeRefusal } from '../routes/login-problems.ts'
import { codeAccountOf, confirmSetup, readSecondFactor, replaceRecoveryCodes, secretFor, startSetup } from '../second-factor.ts'
import type { AdminRequest, AdminRoute } from './admin-route.ts'
import { removeSecondFactor } from './operator-sessions.ts'

const form = z.object({ code: z.string().trim().max(40).catch('') })

/** Every operator may set up their own second factor and enter its codes. */
const OWN = { permission: 'figures.read', withoutSecondFactor: true } as const

/** An operator's own second factor: set it up, enter a code, get recovery codes, remove it. */
export const twoFactorPages: readonly AdminRoute[] = [
  { method: 'GET', path: paths.admin.twoFactor(), ...OWN, handle: (request) => show(request) },
  { method: 'POST', path: paths.admin.twoFactor(), ...OWN, handle: withUser(enter) },
  {
    method: 'POST',
    path: paths.admin.twoFactorSetup,
    ...OWN,
    async handle({ c, deps, operator }) {
      await startSetup(deps, operator.id)
      return c.redirect(paths.admin.twoFactor(c.req.query('next')), 303)
    },
  },
  { method: 'POST', path: paths.admin.twoFactorConfirmation, ...OWN, handle: withUser(confirm) },
  {
    method: 'POST',
    path: paths.admin.recoveryCodes,
    permission: 'figures.read',
    handle: withUser(renewCodes),
  },
  { method: 'POST', path: paths.admin.twoFactorRemoval, permission: 'figures.read', handle: withUser(remove) },
]

/** Runs a handler with the operator's account and what they entered. */
function withUser(
  handle: (request: AdminRequest, user: User, input: z.infer<typeof form>) => Promise<Response>,
): AdminRoute['handle'] {
  return async (request) => {
    const user = await findUser(request.deps, request.operator.id)
    return user ? await handle(request, user, form.parse(await readForm(request.c))) : problem(request.c, 'unauthenticated')
  }
}

/** Checks a code. The browser is known from then on. */
async function enterOwnCode({ c, deps, actor }: AdminRequest, code: string) {
  const result = await enterCode(deps, actor.id, code, actor, senderOf(c, deps).device)
  if (result.kind === 'passed') rememberDevice(c, deps, [codeAccountOf(actor.id)])
  return result
}

async function enter(request: AdminRequest, user: User, { code }: z.infer<typeof form>): Promise<Response> {
  const { c, deps } = request
  const result = await enterOwnCode(request, code)
  if (result.kind !== 'passed') return show(request, refusal(c, result))
  setSessionCookies(c, await replaceSession(c, deps, user, { hasSecondFactor: true }))
  return c.redirect(localPath(c.req.query('next'), paths.admin.home), 303)
}

async function confirm(request: AdminRequest, user: User, { code }: z.infer<typeof form>): Promise<Response> {
  const { c, deps, actor } = request
  const result = await confirmSetup(deps, actor, code)
  if (result.kind !== 'confirmed') return show(request, refusal(c, result))
  rememberDevice(c, deps, [codeAccountOf(user.id)])
  setSessionCookies(c, await replaceSession(c, deps, user, { hasSecondFactor: true }))
  return showRecoveryCodes(request, result.recoveryCodes)
}

/** Asks for a code, as the removal does: a recovery code is one too. */
async function renewCodes(request: AdminRequest, _: User, { code }: z.infer<typeof form>): Promise<Response> {
  const { c, deps, actor } = request
  const result = await enterOwnCode(request, code)
  if (result.kind !== 'passed') return show(request, refusal(c, result))
  const codes = await replaceRecoveryCodes(deps, actor)
  return codes ? showRecoveryCodes(request, codes) : show(request)
}

/** Asks for a code, so that a stolen session is not enough. The operator goes on with a session that has no second factor. */
async function remove(request: AdminRequest, user: User, { code }: z.infer<typeof form>): Promise<Response> {
  const { c, deps, actor } = request
  const result = await enterOwnCode(request, code)
  if (result.kind !== 'passed') return show(request, refusal(c, result))
  await removeSecondFactor(deps, { userId: user.id, reason: '', actor })
  setSessionCookies(c, await replaceSession(c, deps, user))
  return c.redirect(paths.admin.twoFactor(), 303)
}

function refusal(c: Ctx, result: Parameters<typeof codeRefusal>[0]): Problem {
  const [apiCode, facts] = codeRefusal(result, c.get('language'))
  // The session is one: only what was entered is wrong.
  const code = apiCode === 'code_required' ? 'validation_failed' : apiCode
  c.set('outcome', code)
  if (facts.retryAfterSeconds !== undefined) c.header('retry-after', String(facts.retryAfterSeconds))
  return describeProblem(code, c.get('language'), facts)
}

async function show(request: AdminRequest, shown?: Problem): Promise<Response> {
  const { c, operator } = request
  const page = (
    <TwoFactorPage
      language={c.get('language')}
      viewer={operator}
      state={await readState(request)}
      isRequired={request.deps.operatorTwoFactor === 'required'}
      next={localPath(c.req.query('next'), paths.admin.home)}
      problem={shown}
    />
  )
  return c.html(renderPage(page), shown ? statusOf(shown.code) : 200)
}

async function readState({ c, deps, operator }: AdminRequest): Promise<TwoFactorState> {
  const state = await readSecondFactor(deps, operator.id)
  switch (state.kind) {
    case 'none':
      return state
    case 'pending': {
      const { text, uri } = secretFor(operator.nickname, state.secret)
      return { kind: 'pending', secret: text, uri, qr: drawQrCode(uri) }
    }
    case 'confirmed':
      // A page that needs a recent code has sent the operator here.
      if (!operator.hasSecondFactor || c.req.query('next') !== undefined) return { kind: 'code_needed' }
      return { kind: 'active', since: state.since.toISOString(), recoveryCodesLeft: state.recoveryCodesLeft }
    default:
      return state satisfies never
  }
}

function showRecoveryCodes({ c, operator }: AdminRequest, codes: string[]): Response {
  return c.html(renderPage(<RecoveryCodesPage language={c.get('language')} viewer={operator} codes={codes} />))
}
