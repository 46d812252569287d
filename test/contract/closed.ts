/**
 * A schema with every object closed that does not say otherwise, and every list of words without its
 * "more may come": stricter than readers may be, so that nothing is sent that is not written down.
 */
export function closed<T>(schema: T): T {
  return close(schema) as T;
}

function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  const open =
    copy['type'] === 'object' && 'properties' in copy && !('additionalProperties' in copy);
  const words = copy['anyOf'];
  return {
    ...copy,
    ...(open && { additionalProperties: false }),
    ...(isOpenList(words) && { anyOf: words.slice(0, -1) }),
  };
}

function isOpenList(alternatives: unknown): alternatives is object[] {
  if (!Array.isArray(alternatives) || alternatives.length < 2) return false;
  const [last, ...words]: object[] = alternatives.toReversed();
  const any = last !== undefined && 'type' in last && last.type === 'string';
  return any && !('format' in last) && words.every((word) => 'const' in word);
}
