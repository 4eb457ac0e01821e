import type { Language } from '../../edge/contract/language.ts'
import { describeProblem, type Problem, type ProblemCode, type ProblemFacts } from '../../edge/contract/problems.ts'
import { IMAGE_FAULTS, IMAGE_TEXTS } from '../../web/admin/image-texts.ts'
import type { ImageResult } from './event-images.ts'

/** A field of the form, with what is wrong with it. */
export type ImageFieldFault = { field: 'image' | 'alt' | 'altEn'; fault: keyof typeof IMAGE_FAULTS }

const BUSY_RETRY_SECONDS = 5

/** The problem of a form with faults. `fault` names the first one for programs. */
export function invalidFields(faults: ImageFieldFault[], language: Language): [ProblemCode, ProblemFacts] {
  const errors = faults.map(({ field, fault }) => ({ field, message: IMAGE_FAULTS[fault][language] }))
  return ['validation_failed', { errors, figures: { fault: faults[0]!.fault } }]
}

/** Why an image was not changed. */
export function explain(result: Exclude<ImageResult, { kind: 'changed' }>, language: Language): [ProblemCode, ProblemFacts] {
  switch (result.kind) {
    case 'not_found':
      return ['not_found', {}]
    case 'no_image':
      return invalidFields([{ field: 'image', fault: 'missing' }], language)
    case 'rejected':
      return invalidFields([{ field: 'image', fault: result.fault }], language)
    case 'stale':
      return ['stale_version', { detail: IMAGE_TEXTS.stale }]
    case 'busy':
      return ['busy', { detail: IMAGE_TEXTS.busy, retryAfterSeconds: BUSY_RETRY_SECONDS }]
    default:
      return result satisfies never
  }
}

export const describeImageProblem = (language: Language, [code, facts]: [ProblemCode, ProblemFacts]): Problem =>
  describeProblem(code, language, facts)
