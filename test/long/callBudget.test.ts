import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { countCalls } from '../bench/calls.ts';

/** The README's table: requests of one rotation, by service. */
function budget(): Record<string, number> {
  const [, table = ''] = readFileSync('README.md', 'utf8').split('| Requests of one rotation |');
  const rows = table.slice(0, table.indexOf('\n\n')).matchAll(/^\| ([\w ]+) \| (\d+) \|$/gm);
  return Object.fromEntries([...rows].map(([, service, most]) => [service, Number(most)]));
}

it('one rotation makes no more requests than the README says, over the real SDKs', async () => {
  const { all, ...most } = budget();
  const { total, byService, regenerateKey, setSecret } = await countCalls();
  expect(byService).toEqual(most);
  expect(total).toBe(all);
  expect({ regenerateKey, setSecret }).toEqual({ regenerateKey: 2, setSecret: 1 });
});
