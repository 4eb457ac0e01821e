import type { EventImage } from '../../../edge/contract/images.ts'
import type { Language } from '../../../edge/contract/language.ts'
import { paths } from '../../../edge/contract/paths.ts'
import type { Problem } from '../../../edge/contract/problems.ts'
import { MAX_IMAGE_BYTES } from '../../../edge/contract/uploads.ts'
import { Fact, Facts } from '../../components/facts.tsx'
import { Field, FieldProblem } from '../../components/fields.tsx'
import { ProblemNotice } from '../../components/notices.tsx'
import { Poster } from '../../components/poster.tsx'
import { AdminDocument, type Viewer } from '../admin-document.tsx'
import { ActForm } from '../components/act-form.tsx'
import { IMAGE_FAULTS, IMAGE_TEXTS as T } from '../image-texts.ts'
import { titleOf } from '../titles.ts'

/** The image that an event has. `image` is null for one of a single file. */
export type CurrentImage = { id: number; url: string; image: EventImage | null; bytes: number; alt: string; altEn: string }

export type EventImageProps = {
  language: Language
  viewer: Viewer
  event: { id: number; title: string; titleEn: string }
  current: CurrentImage | null
  done?: 'image' | 'removed' | undefined
  /** What is wrong with the form that was sent, and what it contained. */
  problem?: Problem | undefined
  values?: { alt: string; altEn: string } | undefined
}

export function EventImagePage(props: EventImageProps) {
  const { language, viewer, event, current, done } = props
  return (
    <AdminDocument
      language={language}
      viewer={viewer}
      path={paths.admin.eventImage(event.id)}
      title={T.title[language]}
      parent={{ href: paths.admin.event(event.id), title: titleOf(event, language) }}
      tabs={{ eventId: event.id, current: 'image' }}
    >
      {done && <p class='notice good' role='status'>{T[done === 'image' ? 'doneImage' : 'doneRemoved'][language]}</p>}
      <div class='image-editor'>
        <section aria-labelledby='current-image'>
          <h2 id='current-image'>{T.current[language]}</h2>
          <CurrentImage {...props} />
        </section>
        <section aria-labelledby='new-image'>
          <h2 id='new-image'>{T[current ? 'replace' : 'upload'][language]}</h2>
          <UploadForm {...props} />
          {current && (
            <ActForm
              language={language}
              id='remove'
              action={paths.admin.eventImageRemoval(event.id)}
              label={T.remove[language]}
              explanation={T.removeHint[language]}
              isDanger
            >
              <input type='hidden' name='seen' value={current.id} />
            </ActForm>
          )}
        </section>
      </div>
    </AdminDocument>
  )
}

function CurrentImage({ language, event, current }: EventImageProps) {
  if (!current) return <p class='notice'>{T.none[language]}</p>
  const { image, url, bytes } = current
  const poster = { title: event.title, imageUrl: url, image }
  return (
    <>
      <Poster event={poster} eager sizes='(min-width: 60rem) 18rem, 12rem' />
      <Facts>
        <Fact name={T.facts[language]}>{image ? `${image.width} × ${image.height}` : T.drawing[language]}</Fact>
        <Fact name={T.files[language]}>
          {image ? `${image.widths.join(', ')} px · AVIF, WebP, JPEG · ` : ''}
          {Math.ceil(bytes / 1000)} kB
        </Fact>
      </Facts>
    </>
  )
}

/** Works without a script. With one, it shows the chosen image and the progress (web/browser/admin/image-upload.ts). */
function UploadForm({ language, event, current, problem, values }: EventImageProps) {
  const { alt, altEn } = values ?? current ?? { alt: '', altEn: '' }
  const isWrong = problem?.errors?.some(({ field }) => field === 'image') ?? false
  return (
    <form
      class='panel'
      id='image-form'
      method='post'
      enctype='multipart/form-data'
      action={paths.admin.eventImage(event.id)}
      data-image-upload
      data-max-bytes={MAX_IMAGE_BYTES}
      data-too-large={IMAGE_FAULTS.too_large[language]}
      data-uploading={T.uploading[language]}
      data-processing={T.processing[language]}
      data-failed={T.failed[language]}
    >
      <ProblemNotice problem={problem} />
      <input type='hidden' name='seen' value={current?.id ?? ''} />
      <label for='image'>{T.file[language]}</label>
      <div class='drop-zone'>
        <input
          id='image'
          name='image'
          type='file'
          accept='image/jpeg,image/png,image/webp,image/avif'
          required={!current}
          aria-invalid={isWrong || undefined}
          aria-describedby={isWrong ? 'image-hint image-problem' : 'image-hint'}
        />
        <img class='image-preview' alt={T.preview[language]} hidden data-preview />
        <p>{T.drop[language]}</p>
        <p class='hint' id='image-hint'>{T.rules[language]}{current && <br />}{current && T.keepsImage[language]}</p>
      </div>
      <p class='field-problem' role='alert' data-file-problem hidden></p>
      <FieldProblem problem={problem} field='image' />
      <Field
        name='alt'
        label={T.alt[language]}
        hint={T.altHint[language]}
        problem={problem}
        input={{ value: alt, maxLength: 200, lang: 'ko' }}
      />
      <Field name='altEn' label={T.altEn[language]} problem={problem} input={{ value: altEn, maxLength: 200, lang: 'en' }} />
      <div class='upload-progress' hidden data-progress>
        <progress max={100} value={0} aria-labelledby='upload-state' />
        <p id='upload-state' role='status' data-upload-state></p>
      </div>
      <button class='button wide' type='submit'>{T[current ? 'save' : 'send'][language]}</button>
    </form>
  )
}
