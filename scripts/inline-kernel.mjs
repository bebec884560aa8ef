import { Node, NodeKind } from 'assemblyscript'
import { Transform } from 'assemblyscript/transform'

/** A doc comment that ends with the tag, directly in front of a function. */
const TAGGED = /@inline\s*\*\/\s*(?:export\s+)?$/

/**
 * Has the compiler put functions whose doc comment ends with `@inline` in place of their calls: V8 keeps nothing in
 * registers across a call, and every packet goes through these. The compiler's own decorator of this name is no
 * TypeScript where it stands in front of a function.
 */
export default class InlineKernel extends Transform {
  afterParse(parser) {
    for (const { statements, text, normalizedPath } of parser.sources) {
      // The compiler's own library has decorators.
      let expected = normalizedPath.startsWith('~') ? 0 : text.split('@inline').length - 1
      for (const node of statements) {
        if (node.kind !== NodeKind.FunctionDeclaration || !TAGGED.test(text.slice(0, node.range.start))) continue
        const name = Node.createIdentifierExpression('inline', node.range)
        node.decorators = [...(node.decorators ?? []), Node.createDecorator(name, null, node.range)]
        expected--
      }
      if (expected > 0) throw new Error(`${normalizedPath}: @inline that ends no doc comment of a function`)
    }
  }
}
