import { describe, expect, it } from 'vitest';
import { parseHostLine } from '../../local/demo/hostLog.ts';
import { ACCOUNT, expectIntact, givenApp, givenScene } from '../e2e/killScene.ts';

/** With room for a machine that is busy: ten hosts start here, and a pass has to end between two deaths. */
const PACE = {
  TWINKEY_SEND_WITHIN: 'PT6S',
  TWINKEY_CALL_TIMEOUT: 'PT3S',
  TWINKEY_CLAIM: 'PT4S',
  TWINKEY_QUARANTINE: 'PT10S',
  TWINKEY_DEFAULT_OVERLAP: 'PT11S',
  TWINKEY_DEFAULT_PERIOD: 'PT12S',
};

describe('a host that dies', () => {
  it('after the first step of each kind: the rotation goes on where it was', {
    timeout: 240_000,
  }, async () => {
    const scene = await givenScene({ settings: dyingAfterNewStep([]) });
    const app = await givenApp(scene.environment);
    const { environment } = scene;
    const rotated = environment.untilRotated(ACCOUNT).then(() => true);
    /** Reasons of the steps that were the last thing a host did. */
    const diedAfter: (string | undefined)[] = [];
    await scene.begin();
    for (;;) {
      const died = environment.host.exited.then(() => false);
      if (await Promise.race([rotated, died])) break;
      diedAfter.push(lastStep(environment.hostLines));
      await scene.startAnother(dyingAfterNewStep(diedAfter));
    }
    expect(new Set(diedAfter).size, diedAfter.join()).toBe(diedAfter.length);
    expect(diedAfter).toEqual(
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

/** Settings of a host that does not outlive its first step of a kind other than these. */
function dyingAfterNewStep(known: readonly (string | undefined)[]): Record<string, string> {
  const preload = new URL('diesAfterNewStep.mjs', import.meta.url);
  return { ...PACE, NODE_OPTIONS: `--import=${preload}`, DIED_AFTER: known.join() };
}

function lastStep(lines: readonly string[]): string | undefined {
  const isStep = (line: string) => line.includes('"message":"step ');
  return parseHostLine(lines.findLast(isStep) ?? '')?.reason;
}
