import type { Cause, Phase, RotationRecord } from '../../core/record.ts';
import type { Dependencies } from '../dependencies.ts';
import type { HistoryEntry, Receipt } from '../recordPorts.ts';
import type { AccountStatus } from '../statusPorts.ts';
import { wholeHistory } from './history.ts';
import { Refused } from './lookup.ts';

/** A rotation, or a request for one, from its asking to its end. Times in epoch ms. */
export interface FollowedRotation {
  readonly id: string;
  readonly cause: Cause | null;
  readonly state: 'requested' | 'running' | 'done' | 'refused';
  readonly phase: Phase | null;
  readonly requestedAt: number | null;
  readonly startedAt: number | null;
  readonly closedAt: number | null;
  /** The stale key was tried and refused; null where that is not recorded. */
  readonly confirmedDead: boolean | null;
  readonly actor: string;
  /** Why somebody asked for it. */
  readonly comment: string;
  /** What the last pass said that the account waits for; null when it is over, or no pass has looked yet. */
  readonly waitsFor: Pick<AccountStatus, 'reason' | 'message'> | null;
  /** Oldest first. */
  readonly steps: readonly HistoryEntry[];
}

/**
 * What became of a rotation. `id` is a rotation's, or that of a request: a compromised request may
 * start several rotations, whose steps are all here. Throws {@link Refused} for an unknown one.
 */
export async function followRotation(
  accountId: string,
  id: string,
  dependencies: Dependencies,
): Promise<FollowedRotation> {
  const { records, statuses } = dependencies;
  const [{ stored, requests }, receipt, { entries }, status] = await Promise.all([
    records.read(accountId),
    records.readReceipt(accountId, id),
    wholeHistory(accountId, id, dependencies),
    statuses.get(accountId),
  ]);
  const record = stored?.record ?? null;
  const steps = entries.toReversed();
  const waits = requests.some((request) => request.id === id);
  const state = stateOf(id, record, waits, steps);
  if (state === undefined && !receipt) throw new Refused({ kind: 'unknownRotation' });
  const end = ended(id, record, state, steps);
  const waitsFor = waitedFor(end.state, receipt, status);
  return { id, ...describe(id, record, receipt, steps), ...end, waitsFor, steps };
}

/** A status from before the request says nothing about it. */
function waitedFor(
  state: FollowedRotation['state'],
  receipt: Receipt | null,
  status: AccountStatus | null,
): FollowedRotation['waitsFor'] {
  const isOpen = state === 'requested' || state === 'running';
  if (!isOpen || !status || status.updatedAt < (receipt?.createdAt ?? 0)) return null;
  return { reason: status.reason, message: status.message };
}

function stateOf(
  id: string,
  record: RotationRecord | null,
  waits: boolean,
  steps: readonly HistoryEntry[],
): FollowedRotation['state'] | undefined {
  const running = runs(id, record);
  if (waits) return running || steps.some(isStep) ? 'running' : 'requested';
  if (running) return 'running';
  if (steps.some(({ reason }) => reason === 'RequestRefused')) return 'refused';
  return steps.length > 0 || record?.lastRotation?.id === id ? 'done' : undefined;
}

function runs(id: string, record: RotationRecord | null): boolean {
  return record?.rotation?.id === id || record?.rotation?.requestId === id;
}

/** The last closed rotation, if it is this one or answered this request. */
function lastOf(id: string, record: RotationRecord | null, steps: readonly HistoryEntry[]) {
  const last = record?.lastRotation ?? null;
  const answers = last?.id === id || steps.some(({ rotationId }) => rotationId === last?.id);
  return answers ? last : null;
}

/** Anything but the request itself and the answer to it. */
function isStep({ reason }: HistoryEntry): boolean {
  return !['RequestMade', 'RequestDone', 'RequestRefused'].includes(reason);
}

function describe(
  id: string,
  record: RotationRecord | null,
  receipt: Receipt | null,
  steps: readonly HistoryEntry[],
) {
  const rotation = runs(id, record) ? record?.rotation : null;
  const last = lastOf(id, record, steps);
  const own = steps.find((entry) => entry.rotationId === id || isStep(entry));
  return {
    cause: receipt?.kind ?? rotation?.cause ?? last?.cause ?? own?.cause ?? null,
    phase: rotation ? (record?.phase ?? null) : null,
    requestedAt: receipt?.createdAt ?? null,
    startedAt: steps.find(isStep)?.at ?? rotation?.startedAt ?? last?.startedAt ?? null,
    actor: receipt?.actor ?? rotation?.actor ?? own?.actor ?? '',
    comment: receipt?.comment ?? rotation?.comment ?? '',
  };
}

function ended(
  id: string,
  record: RotationRecord | null,
  state: FollowedRotation['state'] | undefined,
  steps: readonly HistoryEntry[],
): Pick<FollowedRotation, 'state' | 'closedAt' | 'confirmedDead'> {
  const last = lastOf(id, record, steps);
  const over = state === 'done' || state === 'refused';
  // The switch comes after the rotation that made way for it.
  const switched = steps.find(({ reason }) => reason === 'Keyless');
  const closedAt = switched?.at ?? last?.closedAt ?? steps.at(-1)?.at ?? null;
  return {
    state: state ?? 'requested',
    closedAt: over ? closedAt : null,
    confirmedDead: last?.confirmedDead ?? null,
  };
}
