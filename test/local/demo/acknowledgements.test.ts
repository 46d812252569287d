import { describe, expect, it } from 'vitest';
import { AzureModel, ManualTime } from '../../../local/azure/index.ts';
import type { AccountView } from '../../../local/demo/accountsApi.ts';
import {
  AcknowledgementLog,
  acknowledgementProblems,
} from '../../../local/demo/acknowledgements.ts';
import type { ClosedRotation } from '../../../local/demo/totals.ts';

const NEW = 'aaaaaaaaaaaa';
const ENDED_AT = Date.parse('2026-01-02T03:04:05.000Z');

const CLOSED: ClosedRotation = {
  rotationId: 'rotation-1',
  cause: 'schedule',
  fingerprint: NEW,
  oldKeyEndedAt: ENDED_AT,
  confirmedDead: true,
};

function givenAccount(acknowledgement: 'advisory' | 'required') {
  const model = new AzureModel(new ManualTime(0), () => 'https://127.0.0.1/');
  return model.accounts.add({
    name: 'multi',
    tags: { 'key-rotation-subscribers': 'shop,mail', 'key-rotation-ack': acknowledgement },
  });
}

/** The account as the API shows it after an acknowledgement so long after the old key's end. */
function viewOf(subscriber: string, afterMs: number, fingerprint = NEW): AccountView {
  const at = new Date(ENDED_AT + afterMs).toISOString();
  return { name: 'multi', acknowledgements: [{ subscriber, fingerprint, at }] } as AccountView;
}

describe('acknowledgements', () => {
  it.each([
    ['just before', -1, []],
    ['with', 0, []],
    ['just after', 1, ['mail']],
  ])('count %s the end of the old key: missing %j', (_when, afterMs, missing) => {
    const log = new AcknowledgementLog();
    log.note([viewOf('shop', -1_000)]);
    log.note([viewOf('mail', afterMs)]);
    const received = 2 - missing.length;
    expect(log.totals(givenAccount('required'), [CLOSED])).toEqual({
      ...{ expected: 2, received, missing, required: true },
    });
  });

  it('count for the key that they name', () => {
    const log = new AcknowledgementLog();
    log.note([viewOf('shop', -1_000, 'bbbbbbbbbbbb')]);
    const { received, missing } = log.totals(givenAccount('required'), [CLOSED]);
    expect({ received, missing }).toEqual({ received: 0, missing: ['shop', 'mail'] });
  });

  it('are new once', () => {
    const log = new AcknowledgementLog();
    expect(log.note([viewOf('shop', 0)])).toMatchObject([{ account: 'multi', subscriber: 'shop' }]);
    expect(log.note([viewOf('shop', 0)])).toEqual([]);
  });

  it('are a problem where a policy requires them and a rotation went on without', () => {
    const of = (acknowledgement: 'advisory' | 'required', closed: ClosedRotation[]) =>
      acknowledgementProblems(
        new AcknowledgementLog().totals(givenAccount(acknowledgement), closed),
      );
    expect(of('required', [CLOSED])).toEqual(['the old key ended without shop, mail']);
    expect(of('required', [])).toEqual(['expected acknowledgements, found none']);
    expect(of('advisory', [CLOSED])).toEqual([]);
  });
});
