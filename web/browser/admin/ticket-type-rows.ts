import { find, findAll } from '../dom.ts'

/**
 * Adds a row for a ticket type without sending the form. Without this script, the button sends the form, and the page comes back with one
 * more row.
 */
export function addTicketTypeRows(): void {
  find('[data-add-type]')?.addEventListener('click', (event) => {
    const rows = findAll('[data-type-row]')
    const last = rows[rows.length - 1]
    if (!last) return
    event.preventDefault()
    const row = last.cloneNode(true) as HTMLElement
    for (const problem of row.querySelectorAll('.field-problem')) problem.remove()
    for (const label of row.querySelectorAll('label')) label.htmlFor = renumber(label.htmlFor, rows.length)
    for (const input of row.querySelectorAll('input')) {
      input.name = renumber(input.name, rows.length)
      if (input.id) input.id = renumber(input.id, rows.length)
      input.value = ''
      input.removeAttribute('aria-invalid')
      input.removeAttribute('aria-describedby')
    }
    last.after(row)
    row.querySelector<HTMLInputElement>('input:not([type=hidden])')?.focus()
  })
}

/** `type.2.price` as the field of another row. */
const renumber = (name: string, index: number): string => name.replace(/^type\.\d+\./, `type.${index}.`)
