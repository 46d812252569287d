import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  holdInForce,
  missingSubscribers,
  type Observation,
} from '../../shared/core/observation.ts';
import { planNextStep } from '../../shared/core/planner.ts';
import { parseRecord, type RotationRecord } from '../../shared/core/record.ts';
import { SLOTS, type Slot } from '../../shared/core/slots.ts';
import type { Step } from '../../shared/core/steps.ts';
import { isOpen } from '../../shared/core/window.ts';
import { anyObservation, TROUBLES } from './arbitraries.ts';
import { QUARANTINE, TIMING } from './fixtures.ts';

const RUNS = { numRuns: 1_000 };

/** What is read off an observation without any rule: the independent view of the properties. */
function view(seen: Observation) {
  const keys = seen.keys.ok ? seen.keys.value : undefined;
  const secret = seen.secret.ok ? seen.secret.value : undefined;
  const newest = secret?.state === 'present' ? secret.newest : undefined;
  const record = seen.record.ok ? seen.record.value : undefined;
  const policy = seen.policy.ok ? seen.policy.policy : undefined;
  const live = seen.requests.filter(
    ({ kind, fingerprints }) =>
      kind === 'compromised' && SLOTS.some((slot) => keys && fingerprints.includes(keys[slot])),
  );
  const cuts = live.map(
    ({ createdAt, overlapMs }) => Math.max(createdAt, record?.active?.createdAt ?? 0) + overlapMs,
  );
  return { keys, newest, record, policy, live, cutAt: Math.min(...cuts), now: seen.now };
}

/** Checks a property on the steps of one kind, for a great many observations. */
function always<K extends Step['do']>(
  kind: K,
  check: (step: Extract<Step, { do: K }>, seen: Observation) => void,
): void {
  fc.assert(
    fc.property(anyObservation, (seen) => {
      const step = planNextStep(seen, TIMING);
      if (step.do === kind) check(step as Extract<Step, { do: K }>, seen);
    }),
    RUNS,
  );
}

function inQuarantine(
  record: RotationRecord | null | undefined,
  place: Slot | 'vault',
  now: number,
) {
  return record ? now < record.quarantine[place] : false;
}

it('the generated observations lead to every kind of step, so that no property holds for want of one', () => {
  const kinds = fc.sample(anyObservation, { numRuns: 6_000, seed: 1 }).map((seen) => {
    return planNextStep(seen, TIMING).do;
  });
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  expect([...counts.keys()].sort((left, right) => left.localeCompare(right))).toEqual([
    'announce',
    'closeRequest',
    'confirmRetired',
    'disableKeys',
    'finishKeyless',
    'note',
    'publish',
    'recoverSecret',
    'regenerate',
    'remind',
    'report',
    'tagSecret',
    'verify',
    'wait',
  ]);
  expect(counts.get('regenerate')).toBeGreaterThan(60);
  expect(counts.get('publish')).toBeGreaterThan(60);
});

describe('a regenerate', () => {
  it('never names the slot whose value the vault holds, nor any while none is active', () => {
    always('regenerate', (step, seen) => {
      const { keys, newest } = view(seen);
      const active = SLOTS.filter((slot) => keys?.[slot] === newest?.fingerprint);
      expect(active).toHaveLength(1);
      expect(active).not.toContain(step.slot);
      expect(step.intent.active?.slot).toBe(active[0]);
      expect(step.intent.active?.versionId).toBe(newest?.id);
    });
  });

  it('never meets a quarantine of its slot or of the vault, nor comes before the pause is over', () => {
    always('regenerate', (step, seen) => {
      const { record, now } = view(seen);
      expect(inQuarantine(record, step.slot, now)).toBe(false);
      expect(inQuarantine(record, 'vault', now)).toBe(false);
      // The pause after an event that could not be sent is the topic's alone.
      if (!record?.trouble?.telling) expect(now).toBeGreaterThanOrEqual(record?.notBefore ?? 0);
    });
  });

  it('never meets a hold, unless a live leak overrides it, nor a closed window, unless a key leaked', () => {
    always('regenerate', (_, seen) => {
      const { live, policy, now } = view(seen);
      if (holdInForce(seen)) expect(live.some(({ overrideHold }) => overrideHold)).toBe(true);
      if (!isOpen(policy?.window, now)) expect(live).not.toEqual([]);
    });
  });

  it('of a stale key comes after retireAt and its announcement, unless a leak cuts the overlap', () => {
    always('regenerate', (_, seen) => {
      const { record, now, cutAt } = view(seen);
      if (record?.phase === 'overlap' && now < cutAt) expect(record.announcedAt).not.toBeNull();
      const overlaps = record?.phase === 'overlap' || record?.phase === 'regeneratingStale';
      if (!overlaps || record.announcedAt === null || now >= cutAt) return;
      expect(now).toBeGreaterThanOrEqual(record.retireAt ?? 0);
    });
  });

  it('of a stale key comes after the required acknowledgements, unless a leak cuts the overlap', () => {
    always('regenerate', (_, seen) => {
      const { record, policy, now, cutAt } = view(seen);
      const overlaps = record?.phase === 'overlap' || record?.phase === 'regeneratingStale';
      if (!overlaps || record.announcedAt === null || now >= cutAt) return;
      if (policy?.acknowledgement !== 'required' || !record.active) return;
      const { fingerprint } = record.active;
      expect(missingSubscribers(policy.subscribers, seen.acknowledgements, fingerprint)).toEqual(
        [],
      );
    });
  });

  it('starts a rotation only from idle', () => {
    always('regenerate', (step, seen) => {
      const { record } = view(seen);
      if (step.intent.rotation?.id !== record?.rotation?.id) expect(record?.phase).toBe('idle');
    });
  });

  it('carries an intent with the value about to go, and a quarantine of its slot from now', () => {
    always('regenerate', (step, seen) => {
      const { keys, now, record } = view(seen);
      expect(step.intent.intent).toMatchObject({
        kind: 'regenerate',
        slot: step.slot,
        fingerprint: keys?.[step.slot],
        at: now,
      });
      const quarantine = { ...record?.quarantine, [step.slot]: now + QUARANTINE };
      expect(step.intent.quarantine).toEqual(quarantine);
      expect(['regeneratingStandby', 'regeneratingStale']).toContain(step.intent.phase);
    });
  });
});

describe('a publish', () => {
  it('is of a verified candidate that its slot holds now, and that is not in quarantine', () => {
    always('publish', (step, seen) => {
      const { keys, record, now } = view(seen);
      const { candidate } = step.intent;
      expect(candidate).toMatchObject({ verified: true });
      expect(candidate).toEqual(record?.candidate);
      expect(candidate && keys?.[candidate.slot]).toBe(candidate?.fingerprint);
      expect(inQuarantine(record, candidate?.slot ?? 'vault', now)).toBe(false);
    });
  });

  it('while another is in quarantine only heals a vault whose value is dead', () => {
    always('publish', (step, seen) => {
      const { keys, record, newest, now } = view(seen);
      if (!inQuarantine(record, 'vault', now)) return;
      expect(step.intent.rotation?.cause).toBe('drift');
      expect(Object.values(keys ?? {})).not.toContain(newest?.fingerprint);
    });
  });

  it('carries an intent with its value, a quarantine of the vault from now, and what ran before', () => {
    always('publish', (step, seen) => {
      const { record, now } = view(seen);
      expect(step.intent.intent).toMatchObject({
        kind: 'publish',
        slot: step.intent.candidate?.slot,
        fingerprint: step.intent.candidate?.fingerprint,
        at: now,
      });
      expect(step.intent.quarantine).toEqual({ ...record?.quarantine, vault: now + QUARANTINE });
      const before = record?.quarantine.vault ?? 0;
      expect(step.intent.intent?.quarantineBefore).toBe(now < before ? before : 0);
    });
  });
});

it('keys are switched off from idle alone, with nothing in quarantine, when no listed value is left', () => {
  always('disableKeys', (step, seen) => {
    const { keys, record, now } = view(seen);
    const request = seen.requests.find(({ id }) => id === step.requestId);
    expect(request?.kind).toBe('keyless');
    expect(record?.phase).toBe('idle');
    for (const place of [...SLOTS, 'vault'] as const) {
      expect(inQuarantine(record, place, now)).toBe(false);
    }
    for (const slot of SLOTS) expect(request?.fingerprints).not.toContain(keys?.[slot]);
  });
});

it('an announcement is of the vault’s newest version', () => {
  always('announce', (_, seen) => {
    const { record, newest, keys } = view(seen);
    expect(record?.active).toMatchObject({
      versionId: newest?.id,
      fingerprint: newest?.fingerprint,
    });
    expect(record?.active && keys?.[record.active.slot]).toBe(newest?.fingerprint);
  });
});

/** Nothing of these touches a key or sets a version of the secret. */
const HANDS_OFF = ['wait', 'tagSecret', 'recoverSecret', 'closeRequest', 'finishKeyless'];

describe('any trouble alone keeps hands off', () => {
  it.each(Object.entries(TROUBLES))('%s', (_, trouble) => {
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const step = planNextStep(trouble(seen), TIMING);
        expect(HANDS_OFF).toContain(step.do);
      }),
      { numRuns: 300 },
    );
  });
});

describe('whatever is observed', () => {
  it('a wait ends after now, at a time that is a date', () => {
    always('wait', (step, seen) => {
      expect(step.until).toBeGreaterThan(seen.now);
      expect(step.until).toBeLessThan(8.64e15);
    });
  });

  it('the same observation gives the same step, and is left as it was', () => {
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const before = structuredClone(seen);
        const step = planNextStep(seen, TIMING);
        expect(planNextStep(seen, TIMING)).toEqual(step);
        expect(structuredClone(seen)).toEqual(before);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a record that a step holds can be read back, and keeps the claim', () => {
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const step = planNextStep(seen, TIMING);
        const next = 'next' in step ? step.next : 'intent' in step ? step.intent : null;
        if (!next) return;
        expect(parseRecord(JSON.parse(JSON.stringify(next)))).toEqual(next);
        expect(next.claim).toEqual(view(seen).record?.claim ?? null);
      }),
      RUNS,
    );
  });

  it('only idle records have no rotation, once a step has been taken', () => {
    always('note', (step) => {
      expect(step.next.rotation === null).toBe(step.next.phase === 'idle');
      if (step.next.phase === 'overlap') expect(step.next.active).not.toBeNull();
    });
  });

  it('everything in a step is text, number, flag or list: nothing that could carry a key along', () => {
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const step = planNextStep(seen, TIMING);
        expect(JSON.parse(JSON.stringify(step))).toEqual(step);
      }),
      { numRuns: 1_000 },
    );
  });

  it('quarantines never get shorter by planning', () => {
    fc.assert(
      fc.property(anyObservation, (seen) => {
        const step = planNextStep(seen, TIMING);
        const { record } = view(seen);
        const next = 'next' in step ? step.next : 'intent' in step ? step.intent : null;
        if (!next || !record) return;
        for (const place of [...SLOTS, 'vault'] as const) {
          if (!inQuarantine(record, place, seen.now)) continue;
          const latest = Math.min(record.quarantine[place], seen.now + QUARANTINE);
          expect(next.quarantine[place]).toBeGreaterThanOrEqual(latest);
        }
      }),
      RUNS,
    );
  });
});
