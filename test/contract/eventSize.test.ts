import { expect, test } from 'vitest';
import { type EventDetails, rotationEvent } from '../../shared/core/events/build.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import type { Observation } from '../../shared/core/observation.ts';
import { SUBSCRIBER_LIMIT } from '../../shared/core/policy.ts';
import type { RotationRecord } from '../../shared/core/record.ts';
import { markSetback } from '../../shared/core/transitions.ts';
import {
  givenAccount,
  givenHold,
  givenPublication,
  givenRecord,
  givenRotation,
  givenSecret,
  K2,
  NOW,
  plan,
  TIMING,
} from '../core/fixtures.ts';
import { problemOf } from './eventContract.ts';

/** Event Grid takes 1 MB, and bills every 64 KB as one event. */
const BILLED_BYTES = 64_000;

/** Everything as long as Azure and this service let it be; an umlaut takes six characters in a URL. */
const GROUP = 'ü'.repeat(90);
const NAME = 'a'.repeat(64);
const SUBSCRIBERS = Array.from({ length: SUBSCRIBER_LIMIT }, (_, number) =>
  `${number}`.padStart(64, 's'),
);
const ACCOUNT = givenAccount({
  id: `/subscriptions/${'0'.repeat(36)}/resourcegroups/${GROUP}/providers/microsoft.cognitiveservices/accounts/${NAME}`,
  name: NAME,
  endpoint: `https://${'e'.repeat(64)}.cognitiveservices.azure.com`,
});
const SECRET = { vaultUrl: `https://${'v'.repeat(24)}.vault.azure.net`, name: 's'.repeat(127) };
const VERSION = '0'.repeat(32);
const ROTATION = givenRotation({ id: 'r'.repeat(64), secret: SECRET });
const CONTEXT = { deployment: 'd'.repeat(64), apiUrl: `https://api.example/${'p'.repeat(2_000)}` };
const RECORD = givenRecord('overlap', {
  active: givenPublication({ secret: SECRET, versionId: VERSION }),
  rotation: ROTATION,
  retireAt: NOW,
  reminders: 3,
});

/** The size of the event with these details, which has to be one of the published form. */
function bytesOf(details: EventDetails): number {
  const time = new Date(NOW).toISOString();
  const event = rotationEvent(RECORD, ROTATION, ACCOUNT, CONTEXT, time, details);
  expect(problemOf({ ...event })).toBeUndefined();
  return Buffer.byteLength(JSON.stringify(event));
}

/** The report that the planner makes of a record, as an event says it. */
function reported(
  record: RotationRecord,
  type: typeof EVENT_TYPES.rotationDelayed | typeof EVENT_TYPES.rotationFailed,
  observed: Partial<Pick<Observation, 'holds'>> = {},
): EventDetails {
  const step = plan({
    ...observed,
    record,
    secretRef: SECRET,
    secret: givenSecret({ id: VERSION }),
    policy: { subscribers: SUBSCRIBERS, acknowledgement: 'required' },
  });
  if (step.do !== 'report') throw new Error(`expected a report, found ${step.do}`);
  const { reason, message } = step;
  return { type, discriminator: `${reason}:overlap`, reason, message } as EventDetails;
}

test.each([
  ['that names all subscribers', () => reported(RECORD, EVENT_TYPES.rotationDelayed), 8_000],
  [
    'of a call that failed with a long answer',
    () => {
      const message = '\u{1f511}'.repeat(50_000);
      const failure = { kind: 'invalid', message, retriable: false } as const;
      const failed = markSetback(RECORD, NOW - 3_600_000, TIMING, { ...failure, retryAfterMs: 0 });
      return reported(
        { ...failed, phase: 'regeneratingStale', announcedAt: null },
        EVENT_TYPES.rotationFailed,
      );
    },
    2_000,
  ],
  [
    'of a hold with a long comment',
    () => {
      const holds = [givenHold({ actor: 'ü'.repeat(200), comment: '"'.repeat(500) })];
      const held = { ...RECORD, phase: 'regeneratingStale', announcedAt: null } as const;
      return reported(held, EVENT_TYPES.rotationDelayed, { holds });
    },
    1_500,
  ],
  [
    'that reminds all subscribers',
    (): EventDetails => ({
      type: EVENT_TYPES.keyRetiring,
      severity: 'normal',
      discriminator: '1',
      stale: { slot: 'Key2', fingerprint: K2 },
      validUntil: new Date(NOW).toISOString(),
      missingSubscribers: SUBSCRIBERS,
    }),
    8_000,
  ],
])('the largest event %s is far below what Event Grid takes', (_, details, leastBytes) => {
  const bytes = bytesOf(details());
  expect(bytes).toBeGreaterThan(leastBytes);
  expect(bytes).toBeLessThan(BILLED_BYTES / 2);
});
