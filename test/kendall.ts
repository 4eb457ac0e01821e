/** Kendall's tau of a list against its sorted order; equal values are in no order. */
export function tau(list: number[]): number {
  let swaps = 0
  const sort = (part: number[]): number[] => {
    if (part.length < 2) return part
    const [left, right] = [sort(part.slice(0, part.length >> 1)), sort(part.slice(part.length >> 1))]
    const sorted: number[] = []
    let [i, j] = [0, 0]
    while (i < left.length || j < right.length) {
      if (j >= right.length || (i < left.length && left[i]! <= right[j]!)) sorted.push(left[i++]!)
      else {
        swaps += left.length - i
        sorted.push(right[j++]!)
      }
    }
    return sorted
  }
  sort(list)
  return 1 - 4 * swaps / (list.length * (list.length - 1))
}
