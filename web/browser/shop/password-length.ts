/** The limits of `origin/accounts.ts`. */
const [MIN, MAX] = [8, 128]

/** Says below a field for a new password how many characters are missing or too many, counted as the shop counts them. */
export function showPasswordLength({ target }: Event): void {
  if (!(target instanceof HTMLInputElement) || target.dataset.tooShort === undefined) return
  const hint = document.getElementById(`${target.id}-hint`)
  if (!hint) return
  // Kept, to show it again when the field is empty.
  hint.dataset.rule ??= hint.textContent ?? ''
  hint.setAttribute('aria-live', 'polite')
  hint.textContent = messageOf(target, hint.dataset.rule)
}

function messageOf({ value, dataset }: HTMLInputElement, rule: string): string {
  const length = Array.from(value.normalize('NFC')).length
  if (length === 0) return rule
  if (length < MIN) return dataset.tooShort!.replace('%', String(MIN - length))
  if (length > MAX) return dataset.tooLong!.replace('%', String(length - MAX))
  return dataset.good!
}
