import type { Summary } from './summary.ts';
import { momentOf } from './units.ts';
import { STATEMENTS } from './violations.ts';

/** A summary for people. */
export function textOf({ violations, ...counts }: Summary): string {
  const lines = Object.entries(counts).map(([name, count]) => `${name.padEnd(24)}${count}`);
  const found = violations.map(
    ({ seed, statement, account, at, message, command }) =>
      `seed ${seed}, ${momentOf(at)}, ${account}: ${message}\n  ${STATEMENTS[statement]}\n  ${command}`,
  );
  return [...lines, '', ...(found.length > 0 ? found : ['No statement was violated.'])].join('\n');
}
