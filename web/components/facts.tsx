import type { ComponentChildren } from 'preact'

/** A list of named facts. */
export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class='facts'>{children}</dl>
}

export function Fact({ name, isCode = false, children }: { name: string; isCode?: boolean; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class={isCode ? 'code' : undefined}>{children}</dd>
    </>
  )
}
