/**
 * Our rules for `deno lint`, loaded through `lint.plugins` in deno.json.
 *
 * `no-spread-literal` rejects `...{ a: 1 }` in an object literal and `...['a']` in an array literal: TypeScript does not check a spread
 * literal for excess properties, so a misspelt option passes the type check. A conditional spread, `...(isOn && { a: 1 })`, is allowed.
 * `deno lint --fix` moves the contents into the outer literal.
 */
type Range = [startOffset: number, endOffset: number]
type Node = { type: string; parent: Node; range: Range }
type Fixer = { replaceTextRange(range: Range, text: string): unknown }
type Context = {
  sourceCode: { getText(node: Node): string }
  report(problem: { node: Node; message: string; hint: string; fix(fixer: Fixer): unknown }): void
}

const noSpreadLiteral = {
  create(context: Context) {
    const report = (literal: Node) =>
      context.report({
        node: literal,
        message: 'A literal must not be spread into another literal',
        hint: 'Write its contents into the outer literal (`deno lint --fix` does)',
        fix(fixer) {
          const contents = context.sourceCode.getText(literal).slice(1, -1).trim().replace(/,$/, '')
          // An empty literal has no contents: its author deletes it.
          if (!contents) return []
          // Deno gives a SpreadElement the range of its three dots alone.
          return fixer.replaceTextRange([literal.parent.range[0], literal.range[1]], contents)
        },
      })
    return {
      'ObjectExpression > SpreadElement > ObjectExpression': report,
      'ArrayExpression > SpreadElement > ArrayExpression': report,
    }
  },
}

// `deno lint` expects a default export.
export default { name: 'neticket', rules: { 'no-spread-literal': noSpreadLiteral } }
