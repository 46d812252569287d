import { accountPath } from '../core/events.ts';
import type { AccountStatus, HistoryEntry } from '../service/ports.ts';

/** An account as the API shows it: times in ISO 8601, fingerprints instead of keys. */
export function accountView(status: AccountStatus) {
  return {
    id: status.accountId,
    path: accountPath(status.accountId),
    name: status.name,
    kind: status.kind,
    activeSlot: status.activeSlot,
    fingerprint: status.fingerprint,
    activeSince: iso(status.publishedAt),
    phase: status.phase,
    rotation: status.rotationId === null ? null : { id: status.rotationId, cause: status.cause },
    stale: status.staleFingerprint && {
      fingerprint: status.staleFingerprint,
      retireAt: iso(status.retireAt),
    },
    lastRotationId: status.lastRotationId,
    secretUrl: status.secretUrl,
    reason: status.reason,
    message: status.message,
    attention: status.attention,
    nextCheckAt: iso(status.nextCheckAt),
    posture: {
      keyAuthentication: status.keyless === null ? null : !status.keyless,
      networkRestricted: status.networkRestricted,
      customSubdomain: status.customSubdomain,
    },
    updatedAt: iso(status.updatedAt),
  };
}

/** A line of history as the API shows it. */
export function historyView(entry: HistoryEntry) {
  return { ...entry, at: iso(entry.at) };
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
