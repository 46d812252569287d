import { describe, expect, it } from 'vitest';
import { ACCOUNT, expectIntact, givenApp, givenScene } from './killScene.ts';

describe('a host that is frozen between intent and call', () => {
  it('and woken long after its claim sends nothing any more', async () => {
    const scene = await givenScene();
    const app = await givenApp(scene.environment);
    const { model } = scene.environment.azure;
    const { regenerations } = scene.environment.account(ACCOUNT).keys;
    const frozen = scene.freeze();
    await scene.begin();
    const wake = await frozen;
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
