import { describe, expect, it } from 'vitest';
import { parseHostLine } from '../../local/demo/hostLog.ts';
import { ACCOUNT, expectIntact, givenApp, givenScene } from '../e2e/killScene.ts';

describe('a host that is killed', () => {
  it('after the first step of each kind: the rotation goes on where it was', {
    timeout: 120_000,
  }, async () => {
    const scene = await givenScene();
    const app = await givenApp(scene.environment);
    const { environment } = scene;
    /** Reasons of the steps that were the last thing a host did. */
    const killedAfter = new Set<string>();
    let dying = Promise.resolve();
    const killAfterNewSteps = () => {
      const { host } = environment;
      host.onLine((line) => {
        const step = parseHostLine(line);
        if (step?.level !== 'information' || killedAfter.has(step.reason)) return;
        if (environment.host !== host) return;
        killedAfter.add(step.reason);
        dying = dying.then(scene.kill).then(killAfterNewSteps);
      });
    };
    killAfterNewSteps();
    await scene.begin();
    await environment.untilRotated(ACCOUNT);
    await dying;
    expect([...killedAfter]).toEqual(
      expect.arrayContaining([
        'RecordMissing',
        'SecretMissing',
        'Verifying',
        'Publishing',
        'AnnouncementPending',
        'ReminderDue',
        'RegeneratingStale',
        'ConfirmingRetirement',
        'Due',
      ]),
    );
    await expectIntact(scene, app);
  });
});
