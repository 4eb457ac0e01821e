import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { tintClass } from './tint.ts'

test('the tint of a colour is that of its hue; a colour with hardly any is grey', () => {
  const tints = ['#ff0000', '#ff8000', '#ffff00', '#00ff00', '#0000ff', '#ff00ff', '#ff0010', '#808080', '#101418'].map(tintClass)
  expect(tints).toEqual(['tint-0', 'tint-1', 'tint-2', 'tint-4', 'tint-8', 'tint-10', 'tint-0', 'tint-grey', 'tint-grey'])
})

test('the style sheet has a rule for each tint', () => {
  const css = readFileSync(new URL('./static/app.css', import.meta.url), 'utf8')
  for (let tint = 0; tint < 12; tint++) expect(css).toMatch(new RegExp(`\\.tint-${tint} \\{`))
  expect(css).toContain('.tint-grey {')
})
