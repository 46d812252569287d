import { expect, it } from 'vitest';
import type { Account } from '../../local/azure/model/account.ts';
import { tryEveryKey } from '../../local/demo/oldKeys.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { type FleetScene, givenFleet } from './fleetScene.ts';

const { keyActivated, keyRetired } = EVENT_TYPES;
const ACCOUNTS = 60;

/** An instance meets its fate amid several passes. */
const isBusy = (passes: number) => passes >= 3;
const isIdle = (passes: number) => passes === 0;

/** How a pass ends that slept for long amid a call or between two. */
const LATE = /another worker was first|no answer in time/;

it('three instances, one killed and one frozen amid their work, rotate each of 60 accounts once', {
  timeout: 300_000,
}, async () => {
  const scene = await givenFleet(ACCOUNTS, 3);
  await scene.untilAll(keyRetired, 1);
  await Promise.all(scene.instances.map(({ untilOpen }) => untilOpen(isIdle)));
  // The one that dies has the timer's lock, which nobody gives back.
  const [killed, frozen, last] = scene.instances.toSorted((a, b) => b.tickedAt - a.tickedAt);
  if (!killed || !frozen || !last) throw new Error('expected three instances');

  const asked = scene.rotateAll(last);
  await killed.untilOpen(isBusy);
  killed.host.kill('SIGKILL');
  const killedAt = performance.now();
  await frozen.untilOpen(isBusy);
  frozen.host.kill('SIGSTOP');
  // What both had claimed is free again by the time that every account has its new key.
  await scene.untilAll(keyActivated, 2);
  await asked;
  const before = frozen.messages.length;
  frozen.host.kill('SIGCONT');
  await scene.untilAll(keyRetired, 2);

  await scene.app.stop();
  expect(frozen.messages.slice(before).join()).toMatch(LATE);
  const tickedAt = Math.max(frozen.tickedAt, last.tickedAt);
  expect(tickedAt).toBeGreaterThan(killedAt);
  await expectRotatedOnce(scene);
});

async function expectRotatedOnce(scene: FleetScene): Promise<void> {
  const { environment, accounts, guard } = scene;
  expect(guard.violations).toEqual([]);
  const found = accounts.map((account) => outcomeOf(scene, account));
  // The adoption replaced the key that it did not publish; the round that one again, then the other.
  const once = { regenerated: ['Key2', 'Key2', 'Key1'], calls: 3, versions: 2, failed: 0 };
  expect(found).toEqual(accounts.map(({ name }) => ({ name, ...once, served: true })));
  for (const account of accounts) {
    const trial = await tryEveryKey(account, environment.azure.caPem);
    expect(trial).toEqual({ old: 3, oldRefused: 3, currentAccepted: 2 });
  }
}

/** What was done to an account, as Azure and the app saw it. */
function outcomeOf({ environment, vault, app }: FleetScene, { name, keys }: Account) {
  const { log } = environment.azure.model;
  const { failed, served = 0 } = app.counters()[name] ?? {};
  return {
    name,
    regenerated: keys.regenerations.map(({ slot }) => slot),
    calls: log.count({ operation: 'regenerateKey', target: name }),
    versions: vault.peek(secretNameOf(name)).length,
    failed,
    served: served > 5,
  };
}
