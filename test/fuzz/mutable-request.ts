/** A request while it is mutated. */
import type { FuzzRequest } from './exchange.ts'
import type { Dice } from './dice.ts'
import type { Draft } from './requests.ts'

/** A draft whose body is serialised. */
export type Target = FuzzRequest & Pick<Draft, 'event' | 'person' | 'protocol'> & {
  path: string
  query: string
  cookies: string[]
}

/** Spoils one part of a request. */
export type Mutation = (dice: Dice, target: Target) => void

export const set = (target: Target, name: string, value: string) => {
  target.headers = target.headers.filter(([other]) => other !== name)
  add(target, name, value)
}
/** Adds a header, for which `fetch` accepts visible ASCII only. */
export const add = (target: Target, name: string, value: string) => {
  if (!/^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value)) target.isRaw = true
  target.headers.push([name, Buffer.from(value.replace(/[\r\n\0]/g, '')).toString('latin1')])
}
