/** The logo: a ticket with a perforation. */
export function Mark() {
  return (
    <svg class='mark' aria-hidden='true' viewBox='0 0 32 24' width='28' height='21'>
      <path d='M4 0h24a4 4 0 0 1 4 4v4a4 4 0 0 0 0 8v4a4 4 0 0 1-4 4H4a4 4 0 0 1-4-4v-4a4 4 0 0 0 0-8V4a4 4 0 0 1 4-4Z' />
      <path class='mark-line' d='M21 4v16' />
    </svg>
  )
}
