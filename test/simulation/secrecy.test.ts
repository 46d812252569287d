import { expect, test } from 'vitest';
import { scenarioOf } from './scenario.ts';
import { World } from './world.ts';

const world = new World(scenarioOf(1, 1));
const [plan] = world.scenario.accounts;
const key = world.account(plan?.name ?? '').keys.value('Key1');

function complaintsAbout(text: string): number {
  const before = world.oracle.violations.length;
  world.secrecy.inspect(text, 'a text');
  return world.oracle.violations.length - before;
}

test('a key is found wherever it stands in a text', () => {
  for (let place = 0; place < 3 * key.length; place++) {
    const before = '-'.repeat(place);
    expect(complaintsAbout(before + key), `at ${place}, the end`).toBeGreaterThan(0);
    expect(complaintsAbout(`${before + key}"}`), `at ${place}`).toBeGreaterThan(0);
    expect(complaintsAbout(`${before}7${key}a`), `at ${place}, among digits`).toBeGreaterThan(0);
  }
});

test('nothing else is taken for a key', () => {
  const others = ['', key.slice(1), key.slice(0, -1), key.toUpperCase(), 'f'.repeat(200)];
  for (const other of others) expect(complaintsAbout(`"${other}"`)).toBe(0);
});
