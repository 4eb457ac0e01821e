/** The form of an event's image: shows the chosen file, takes dropped ones, and sends it with its progress. */
import { paths } from '../../../edge/contract/paths.ts'
import { find, setText } from '../dom.ts'
import { enableForms } from '../shop/forms.ts'

const FORM = 'form[data-image-upload]'

/** Starts the form, if the page has it. */
export function startImageUpload(): void {
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.type === 'file' && target.form?.matches(FORM)) showFile(target.form)
  })
  for (const type of ['dragover', 'dragleave', 'drop'] as const) document.addEventListener(type, onDrag)
  document.addEventListener('submit', (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || !form.matches(FORM) || !fileOf(form)) return
    event.preventDefault()
    void send(form)
  })
}

const inputOf = (form: HTMLFormElement) => find<HTMLInputElement>('input[type=file]', form)!
const fileOf = (form: HTMLFormElement): File | null => inputOf(form).files?.[0] ?? null

/** Takes a file that is dropped anywhere on the form. A file beside it must not replace the page. */
function onDrag(event: DragEvent): void {
  if (!event.dataTransfer?.types.includes('Files')) return
  event.preventDefault()
  const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>(FORM) : null
  find(`${FORM} .drop-zone`)?.classList.toggle('over', form !== null && event.type === 'dragover')
  const [file] = event.dataTransfer.files
  if (event.type !== 'drop' || !form || !file) return
  const files = new DataTransfer()
  files.items.add(file)
  inputOf(form).files = files.files
  showFile(form)
}

/** Shows the chosen file. As a data URL, because the policy of the page allows no `blob:`. */
function showFile(form: HTMLFormElement): void {
  const file = fileOf(form)
  const preview = find<HTMLImageElement>('[data-preview]', form)!
  const isTooLarge = file !== null && file.size > Number(form.dataset.maxBytes)
  showProblem(form, isTooLarge ? form.dataset.tooLarge! : '')
  preview.hidden = true
  if (!file || isTooLarge) return
  const reader = new FileReader()
  reader.addEventListener('load', () => {
    // Stays hidden for a file that the browser cannot show; the shop decides whether it is an image.
    preview.onload = () => preview.hidden = false
    preview.src = String(reader.result)
  })
  reader.readAsDataURL(file)
}

function showProblem(form: HTMLFormElement, text: string): void {
  const problem = find('[data-file-problem]', form)!
  problem.hidden = text === ''
  setText(problem, text)
}

/** Sends the form. The shop answers as it does without a script: with a redirection, or with the page and its problems. */
async function send(form: HTMLFormElement): Promise<void> {
  const file = fileOf(form)!
  if (file.size > Number(form.dataset.maxBytes)) {
    showProblem(form, form.dataset.tooLarge!)
    enableFormsSoon()
    return
  }
  showProgress(form, 0)
  // The session may have expired while the form was filled in. Only a session that is valid may send an image.
  await fetch(paths.api.refresh, { method: 'POST' }).catch(() => {})
  const request = new XMLHttpRequest()
  request.upload.addEventListener('progress', ({ loaded, total }) => showProgress(form, 100 * loaded / total))
  request.addEventListener('load', () => showResponse(form, request))
  for (const type of ['error', 'abort', 'timeout']) request.addEventListener(type, () => fail(form, form.dataset.failed!))
  request.open('POST', form.action)
  request.timeout = UPLOAD_TIMEOUT_MS
  request.setRequestHeader('accept', 'text/html')
  request.send(new FormData(form))
}

const UPLOAD_TIMEOUT_MS = 120_000

function showProgress(form: HTMLFormElement, percent: number): void {
  find('[data-progress]', form)!.hidden = false
  find<HTMLProgressElement>('progress', form)!.value = percent
  const { uploading, processing } = form.dataset
  setText(find('[data-upload-state]', form)!, percent < 100 ? `${uploading} ${Math.floor(percent)}%` : processing!)
}

function showResponse(form: HTMLFormElement, request: XMLHttpRequest): void {
  if (request.status < 400) return location.assign(request.responseURL)
  const page = new DOMParser().parseFromString(request.responseText, 'text/html')
  const shown = page.querySelector(FORM)
  if (!shown) return fail(form, page.querySelector('.lead')?.textContent ?? form.dataset.failed!)
  const chosen = inputOf(form).files
  form.replaceChildren(...shown.childNodes)
  inputOf(form).files = chosen
  showFile(form)
  find('[data-focus]', form)?.focus()
  enableForms()
}

function fail(form: HTMLFormElement, text: string): void {
  find('[data-progress]', form)!.hidden = true
  showProblem(form, text)
  enableFormsSoon()
}

/** After the task in which `disableWhileSending` disables the button. */
const enableFormsSoon = () => setTimeout(enableForms)
