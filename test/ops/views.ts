import type {
  AccountDetailView,
  AccountView,
  HistoryView,
  PlanView,
  RotationView,
} from '../../shared/api/views.ts';

const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';

/** How the API names an account of the tests. */
export function pathOf(name: string, group = 'group'): string {
  return `${SUBSCRIPTION}/${group}/${name}`;
}

/** The resource id of an account of the tests, as the portal writes it. */
export function resourceIdOf(name: string, group = 'Group'): string {
  const resource = `providers/Microsoft.CognitiveServices/accounts/${name}`;
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/${resource}`;
}

/** An account at rest whose key is ten days old. */
export function givenAccount(
  name: string,
  changes: Partial<AccountView> & { group?: string } = {},
): AccountView {
  const { group = 'group', ...rest } = changes;
  return {
    id: resourceIdOf(name, group).toLowerCase(),
    path: pathOf(name, group),
    name,
    kind: 'TextAnalytics',
    activeSlot: 'Key1',
    fingerprint: '0123456789ab',
    activeSince: '2025-12-31T12:00:00.000Z',
    phase: 'idle',
    rotation: null,
    stale: null,
    lastRotationId: 'rotation-1',
    secretUrl: 'https://vault.example/secrets/key',
    reason: 'NotDue',
    message: 'the active key is young enough',
    attention: false,
    nextCheckAt: '2026-01-10T12:15:00.000Z',
    nextStep: { do: 'wait', reason: 'NotDue', message: '', at: '2026-01-30T12:00:00.000Z' },
    policy: {
      periodSeconds: 30 * 86_400,
      overlapSeconds: 2 * 86_400,
      window: null,
      ring: 5,
      subscribers: ['billing'],
      acknowledgement: 'advisory',
    },
    missingSubscribers: [],
    hold: null,
    posture: { keyAuthentication: true, networkRestricted: false, customSubdomain: true },
    updatedAt: '2026-01-10T11:59:00.000Z',
    ...rest,
  };
}

/** An account in full. */
export function givenDetail(
  name: string,
  changes: Partial<AccountDetailView> = {},
): AccountDetailView {
  return {
    ...givenAccount(name),
    holds: [],
    requests: [],
    acknowledgements: [],
    ...changes,
  };
}

/** A line of the plan. */
export function givenPlan(name: string, at: string): PlanView {
  const step = { do: 'wait', reason: 'NotDue', message: 'the active key is young enough' } as const;
  return { accountId: resourceIdOf(name).toLowerCase(), name, step, at, hold: null };
}

/** A line of history. */
export function givenEntry(changes: Partial<HistoryView> = {}): HistoryView {
  return {
    at: '2026-01-10T11:00:00.000Z',
    reason: 'Publishing',
    message: 'version 1 holds Key2',
    phase: 'publishing',
    rotationId: 'rotation-1',
    requestId: null,
    cause: 'schedule',
    slot: 'Key2',
    fingerprint: 'ba9876543210',
    actor: '',
    outcome: 'done',
    durationMs: 5,
    ...changes,
  };
}

/** A rotation as it is followed. */
export function givenRotation(changes: Partial<RotationView> = {}): RotationView {
  return {
    id: 'request-1',
    cause: 'manual',
    state: 'running',
    phase: 'overlap',
    requestedAt: '2026-01-10T12:00:00.000Z',
    startedAt: '2026-01-10T12:00:01.000Z',
    closedAt: null,
    confirmedDead: null,
    actor: 'function key',
    reason: 'try',
    waitsFor: null,
    steps: [],
    ...changes,
  };
}
