import { expect, test } from 'vitest'
import { PERMISSIONS } from '../../../edge/contract/roles.ts'
import { isTest, readSources } from '../../../test/import-graph.ts'
import { ACTION_GROUPS, ACTION_NAMES } from './audit-texts.ts'

/** The codes of acts in the sources of the origin, without those that are made of parts. */
function recordedActions(): Set<string> {
  const subjects = [...new Set(Object.keys(ACTION_NAMES).map((action) => action.split('.')[0]))].join('|')
  const code = new RegExp(`'((?:${subjects})\\.[a-z_-]+)'`, 'g')
  const found = readSources(['origin']).filter(({ file }) => !isTest(file)).flatMap(({ text }) =>
    [...text.matchAll(code)].map(([, action]) => action!)
  )
  return new Set(found.filter((action) => !(action in PERMISSIONS)))
}

test('every act that is recorded has a name in both languages, and no name is left over', () => {
  const made = ['dead_letter.dismiss', 'dead_letter.retry']
  expect([...recordedActions()].concat(made).sort()).toEqual(Object.keys(ACTION_NAMES).sort())
  for (const { ko, en } of Object.values(ACTION_NAMES)) expect([ko === '', en === '']).toEqual([false, false])
})

test('the search offers every act once', () => {
  expect(ACTION_GROUPS.flatMap(({ actions }) => actions).sort()).toEqual(Object.keys(ACTION_NAMES).sort())
})
