import type { ComponentChildren } from 'preact'

/** A list of named facts. */
export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class='facts'>{children}</dl>
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
