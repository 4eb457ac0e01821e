/** Kendall's tau of a list against its sorted order, by counting the inversions of a merge sort. Ties count as ordered. */
export function tau(list: number[]): number {
  let inversions = 0
  const sort = (part: number[]): number[] => {
    if (part.length < 2) return part
    const [left, right] = [sort(part.slice(0, part.length >> 1)), sort(part.slice(part.length >> 1))]
    const sorted: number[] = []
    let [i, j] = [0, 0]
    while (i < left.length || j < right.length) {
      if (j >= right.length || (i < left.length && left[i]! <= right[j]!)) sorted.push(left[i++]!)
      else {
        inversions += left.length - i
        sorted.push(right[j++]!)
      }
    }
    return sorted
  }
  sort(list)
  return 1 - 4 * inversions / (list.length * (list.length - 1))
}
