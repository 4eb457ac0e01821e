import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withTimeout } from './timeout.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const never = new Promise<string>(() => {})

test('settles like the promise, and clears its timer', async () => {
  expect(await withTimeout(Promise.resolve('value'), 1_000, () => 'late')).toBe('value')
  await expect(withTimeout(Promise.reject(new Error('failed')), 1_000, () => 'late')).rejects.toThrow('failed')
  await vi.advanceTimersByTimeAsync(0)
  expect(vi.getTimerCount()).toBe(0)
})

test('resolves with the fallback after the time, and not before', async () => {
  const settled = vi.fn()
  void withTimeout(never, 1_000, () => 'late').then(settled)
  await vi.advanceTimersByTimeAsync(999)
  expect(settled).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(settled).toHaveBeenCalledWith('late')
})

test('rejects with what the fallback throws', async () => {
  const result = withTimeout(never, 1_000, () => {
    throw new Error('too late')
  })
  const rejected = expect(result).rejects.toThrow('too late')
  await vi.advanceTimersByTimeAsync(1_000)
  await rejected
})
