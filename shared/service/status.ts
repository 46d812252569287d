import type { Wait } from '../core/steps.ts';
import type { Hands } from './hands.ts';
import { secretUrl } from './observe.ts';
import type { AccountStatus } from './ports.ts';

/** What operators see after a pass: the record in short, what is waited for, and the posture. */
export function statusOf(hands: Hands, outcome: Wait): AccountStatus {
  const { observation } = hands;
  const account = observation.account.ok ? observation.account.value : null;
  const record = hands.hasRecord ? hands.record : null;
  const accountId = observation.accountId;
  return {
    accountId,
    name: account?.name ?? accountId.slice(accountId.lastIndexOf('/') + 1),
    kind: account?.kind ?? 'unknown',
    phase: record?.phase ?? null,
    cause: record?.rotation?.cause ?? null,
    rotationId: record?.rotation?.id ?? null,
    activeSlot: record?.active?.slot ?? null,
    fingerprint: record?.active?.fingerprint ?? null,
    publishedAt: record?.active?.createdAt ?? null,
    staleFingerprint: record?.stale?.fingerprint ?? null,
    retireAt: record?.retireAt ?? null,
    secretUrl: observation.secretRef ? secretUrl(observation.secretRef) : null,
    lastRotationId: record?.lastRotation?.id ?? null,
    reason: outcome.reason,
    message: outcome.message,
    attention: outcome.attention,
    nextCheckAt: outcome.until,
    keyless: account?.keyless ?? null,
    networkRestricted: account?.networkRestricted ?? null,
    customSubdomain: account?.customSubdomain ?? null,
    updatedAt: hands.dependencies.clock.now(),
  };
}
