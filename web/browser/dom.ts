/** Returns the element with this id. Throws when the page has none: page and script belong to one build. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`no #${id}`)
  return element
}

/** Sets the text of an element only when it differs, so that screen readers do not announce it again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** The first element that matches, if it is an HTML element. */
export function find<Type extends HTMLElement = HTMLElement>(selector: string, root: ParentNode = document): Type | null {
  return root.querySelector<Type>(selector)
}

/** All HTML elements that match. */
export function findAll<Type extends HTMLElement = HTMLElement>(selector: string): NodeListOf<Type> {
  return document.querySelectorAll<Type>(selector)
}

/** The nearest element around an event's target that matches. */
export function closest(event: Event, selector: string): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(selector) : null
}
