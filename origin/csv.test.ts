import { describe, expect, test } from 'vitest'
import { csvRecord, streamCsv } from './csv.ts'

describe('a cell', () => {
  test.each([
    '=1+1',
    '+82 10',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\ttext',
    ' =1+1',
    '＝1+1',
    '＠SUM(A1)',
    '=cmd|"/c calc"!A0',
    '\0=1',
  ])('%j is never a formula', (text) => {
    expect(csvRecord([text])).toMatch(/^"?'/)
  })

  test('that holds separators, quotes or line ends is quoted; other texts stay as they are', () => {
    expect(csvRecord(['a,b', 'say "hi"', 'two\r\nlines', '예매자', 'a-b@c.d', ' x'])).toBe(
      '"a,b","say ""hi""","two\r\nlines",예매자,a-b@c.d," x"\r\n',
    )
  })

  test('that is a number, a boolean, a time or nothing is written as such', () => {
    expect(csvRecord([-5, 1.5, true, new Date(0), null])).toBe('-5,1.5,true,1970-01-01T00:00:00.000Z,\r\n')
  })

  test('that needs an apostrophe and quotes gets both, in this order', () => {
    expect(csvRecord(['=HYPERLINK("http://x","y")'])).toBe('"\'=HYPERLINK(""http://x"",""y"")"\r\n')
  })
})

describe('an export', () => {
  type Row = { id: number; name: string }
  const columns = [{ title: 'id', cell: ({ id }: Row) => id }, { title: 'name', cell: ({ name }: Row) => name }]
  /** A table of `size` rows that records how it is read. */
  function table(size: number) {
    const reads: [number | null, number][] = []
    return {
      reads,
      readAfter(id: number | null, limit: number) {
        reads.push([id, limit])
        const rows = Array.from({ length: size }, (_, i) => ({ id: i + 1, name: `row ${i + 1}` }))
        return Promise.resolve(rows.filter((row) => row.id > (id ?? 0)).slice(0, limit))
      },
    }
  }
  const read = async (stream: ReadableStream<Uint8Array>) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(await new Response(stream).bytes())

  test('begins with the byte order mark and the headings, and has every row once', async () => {
    const { readAfter, reads } = table(1_201)
    const lines = (await read(streamCsv({ columns, readAfter }))).split('\r\n')
    expect(lines[0]).toBe('\uFEFFid,name')
    expect(lines.slice(1, -1)).toEqual(Array.from({ length: 1_201 }, (_, i) => `${i + 1},row ${i + 1}`))
    expect(lines.at(-1)).toBe('')
    expect(reads).toEqual([[null, 500], [500, 500], [1_000, 500]])
  })

  test('of a table whose size is a whole number of batches, and of an empty one, ends', async () => {
    expect((await read(streamCsv({ columns, readAfter: table(500).readAfter }))).split('\r\n')).toHaveLength(502)
    expect(await read(streamCsv({ columns, readAfter: table(0).readAfter }))).toBe('\uFEFFid,name\r\n')
  })

  test('stops at its limit', async () => {
    const { readAfter, reads } = table(2_000)
    expect((await read(streamCsv({ columns, readAfter, maxRows: 600 }))).split('\r\n')).toHaveLength(602)
    expect(reads).toEqual([[null, 500], [500, 100]])
  })

  test('reports its end when it is complete, when it fails and when its client leaves, and not before', async () => {
    let ends = 0
    const onEnd = () => void ends++
    const failing = () => Promise.reject(new Error('away'))
    const stream = streamCsv({ columns, readAfter: table(1_201).readAfter }, onEnd)
    expect(ends).toBe(0)
    await read(stream)
    expect(ends).toBe(1)
    await expect(read(streamCsv({ columns, readAfter: failing }, onEnd))).rejects.toThrow()
    expect(ends).toBe(2)
    await streamCsv({ columns, readAfter: table(1_201).readAfter }, onEnd).cancel()
    expect(ends).toBe(3)
  })

  test('reads no further than the client does', async () => {
    const { readAfter, reads } = table(100_000)
    const reader = streamCsv({ columns, readAfter }).getReader()
    await reader.read()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve))
    expect(reads.length).toBeLessThanOrEqual(2)
    await reader.cancel()
  })

  test('fails where the table cannot be read, instead of ending as if complete', async () => {
    const { readAfter } = table(2_000)
    const failing = (id: number | null, limit: number) => id === 500 ? Promise.reject(new Error('away')) : readAfter(id, limit)
    await expect(read(streamCsv({ columns, readAfter: failing }))).rejects.toThrow()
  })
})
