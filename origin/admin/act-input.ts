import * as z from 'zod'
import type { Language } from '../../edge/contract/language.ts'
import type { FieldError, ProblemCode, ProblemFacts } from '../../edge/contract/problems.ts'

/** A problem code with its details. */
export type ProblemOf = [code: ProblemCode, facts: ProblemFacts]

const reason = z.string().trim().max(300)

/** The body of an act in the API. */
export const reasonInput = z.object({ reason: reason.min(1) })

/** The form of an act. A missing field is an error that the page shows. */
export const actForm = z.object({ reason: reason.catch(''), confirmation: z.string().trim().catch('') })
export type ActForm = z.infer<typeof actForm>

/** Whether a confirmation is the event's title, in either language. */
export const isTitle = (text: string, { title, titleEn }: { title: string; titleEn: string }): boolean =>
  text !== '' && (text === title || text === titleEn)

/** What is wrong with the form of an act; null if nothing is. `title`: the event's title, if the act asks for it. */
export function checkAct(form: ActForm, language: Language, title?: { title: string; titleEn: string }): ProblemOf | null {
  const errors: FieldError[] = []
  if (form.reason === '') errors.push({ field: 'reason', message: T.reason[language] })
  if (title && !isTitle(form.confirmation, title)) {
    errors.push({ field: 'confirmation', message: T.title[language] })
  }
  return errors.length > 0 ? ['validation_failed', { errors }] : null
}

const T = {
  reason: { ko: '사유를 300자까지 입력해 주세요.', en: 'Enter a reason of up to 300 characters.' },
  title: { ko: '공연명이 다릅니다.', en: 'This is not the event’s title.' },
} as const
