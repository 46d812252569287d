import { describe, expect, it } from 'vitest';
import { ACCOUNT, expectIntact, givenApp, givenScene } from './killScene.ts';

describe('a host that is killed', () => {
  it.each([
    // After the adoption's: the standby key of the first rotation, and its publish.
    ['regenerateKey', 1],
    ['setSecret', 1],
  ])(
    'during a %s (after %i others), which takes effect later: nothing is done twice',
    async (operation, skip) => {
      const fault = { kind: 'lateEffect', afterMs: 2_000 } as const;
      const scene = await givenScene({ faults: [{ operation, skip, times: 1, fault }] });
      const app = await givenApp(scene.environment);
      const { model } = scene.environment.azure;
      const hung = model.log.next({ operation, end: 'hung' });
      await scene.kill();
      await hung;
      await scene.kill();
      await scene.environment.untilRotated(ACCOUNT);
      await expectIntact(scene, app);
      expect(model.log.count({ operation, end: 'hung' })).toBe(1);
    },
  );
});
