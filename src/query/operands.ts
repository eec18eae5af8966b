interface Node {
  readonly kind: string;
}

interface Binary<Syntax> extends Node {
  readonly kind: "binary";
  readonly operator: string;
  readonly left: Syntax;
  readonly right: Syntax;
}

/** `a and b and c` leans to the left, as deep as it is long: its parts without the depth. */
export function operandsOf<Syntax extends Node>(syntax: Syntax, operator: string): readonly Syntax[] {
  const operands: Syntax[] = [];
  let rest = syntax;
  while (isBinary(rest) && rest.operator === operator) {
    operands.push(rest.right);
    rest = rest.left;
  }
  return [...operands, rest].reverse();
}

const isBinary = <Syntax extends Node>(syntax: Syntax): syntax is Syntax & Binary<Syntax> => syntax.kind === "binary";
