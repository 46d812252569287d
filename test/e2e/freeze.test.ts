import { describe, expect, it } from 'vitest';
import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import { ACCOUNT, expectIntact, givenApp, givenScene } from './killScene.ts';

/**
 * Resolves when a worker has looked at the vault for the last time before it regenerates a key: that
 * read, unlike an observation's, has no listKeys beside it.
 */
async function untilLastLook({ log }: AzureModel): Promise<void> {
  for (;;) {
    const seen = log.entries.length;
    const look = await log.next({ operation: 'getSecret', end: 200 });
    const beside = log.entries.slice(Math.max(0, seen - 1)).map(({ operation }) => operation);
    if (log.entries.at(-1) === look && !beside.includes('listKeys')) return;
  }
}

describe('a host that is frozen between intent and call', () => {
  it('and woken long after its claim sends nothing any more', { timeout: 120_000 }, async () => {
    const scene = await givenScene();
    const app = await givenApp(scene.environment);
    const { model } = scene.environment.azure;
    const { regenerations } = scene.environment.account(ACCOUNT).keys;
    const looked = untilLastLook(model);
    await scene.begin();
    await looked;
    const wake = await scene.freeze();
    expect(regenerations).toHaveLength(0);
    // The other host waits out claim and quarantine, then does what the first one meant to do.
    await model.log.next({ operation: 'regenerateKey' });
    wake();
    await scene.environment.untilRotated(ACCOUNT);
    expect(scene.environment.hostLines.join()).toContain('another worker was first');
    await expectIntact(scene, app);
    const calls = model.log.count({ operation: 'regenerateKey' });
    expect(calls).toBe(regenerations.length);
  });
});
