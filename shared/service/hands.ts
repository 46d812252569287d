import { type Failure, known } from '../core/failures.ts';
import type { Account } from '../core/observation.ts';
import type { Policy } from '../core/policy.ts';
import type { RotationRecord } from '../core/record.ts';
import type { Fingerprint } from '../core/slots.ts';
import type { Step } from '../core/steps.ts';
import { markSetback } from '../core/transitions.ts';
import type { Call } from '../core/trouble.ts';
import type { Dependencies } from './dependencies.ts';
import type { Key, KeyPair } from './key.ts';
import { carryOn, fingerprints, type Known, type Observed, withoutValue } from './observe.ts';
import type { SecretReading } from './ports.ts';
import type { HistoryEntry, StoredRecord } from './recordPorts.ts';

/** Another worker wrote the record first: whatever this pass knew is out of date. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}

/** What a pass keeps from step to step. */
export interface Memory {
  /** Every key value it has seen. */
  readonly values: Map<Fingerprint, Key>;
  /** History of changes of the record that wait for its next write; undefined: there are none. */
  unwritten: readonly HistoryEntry[] | undefined;
  /** Outside calls that it saw succeed. */
  readonly worked: Set<Call>;
}

/**
 * What one pass holds in its hands: the observation that the current step rests on, the record as
 * this pass last wrote it, and every key value it has seen. All record writes go through here, so
 * each one carries the claim and is conditional on the state that the step was planned from.
 */
export class Hands {
  readonly dependencies: Dependencies;
  readonly worker: string;
  #observed: Observed;
  #etag: string | null;
  #record: RotationRecord | null;
  #known: Omit<Known, 'stored'>;
  #inDoubt = false;
  readonly #memory: Memory;
  readonly #stepStartedAt: number;
  /** Outside calls that this pass saw succeed. */
  readonly worked: Set<Call>;

  constructor(dependencies: Dependencies, worker: string, observed: Observed, memory: Memory) {
    this.worked = memory.worked;
    this.dependencies = dependencies;
    this.worker = worker;
    this.#observed = observed;
    this.#etag = observed.stored?.etag ?? null;
    this.#record = observed.stored?.record ?? null;
    const { keys, secret, requests } = observed.observation;
    this.#known = { keys, secret, requests };
    this.#memory = memory;
    this.#stepStartedAt = dependencies.clock.now();
    for (const [fingerprint, key] of observed.values) memory.values.set(fingerprint, key);
  }

  /** Epoch ms of the observation: what deadlines and quarantines count from. */
  get observedAt(): number {
    return this.#observed.observation.now;
  }

  /** The last moment (epoch ms) at which a regenerate or a publish may leave this process. */
  get sendBy(): number {
    return this.observedAt + this.dependencies.deployment.timing.sendWithinMs;
  }

  get observation(): Observed['observation'] {
    return this.#observed.observation;
  }

  /** The account; steps that act are only planned for accounts that ARM knows. */
  get account(): Account {
    const { account } = this.observation;
    if (!account.ok || !account.value) throw new Error('a step was planned without an account');
    return account.value;
  }

  get policy(): Policy {
    const { policy } = this.observation;
    if (!policy.ok) throw new Error('a step was planned without a policy');
    return policy.policy;
  }

  /** The record as last written or read. */
  get record(): RotationRecord {
    if (!this.#record) throw new Error('a step was planned without a record');
    return this.#record;
  }

  get hasRecord(): boolean {
    return this.#record !== null;
  }

  /** A value that this pass has seen, by fingerprint. */
  value(fingerprint: Fingerprint): Key | undefined {
    return this.#memory.values.get(fingerprint);
  }

  /** Both keys as an answer gave them: their values serve later steps of this pass. */
  sawKeys(keys: KeyPair): void {
    for (const key of [keys.Key1, keys.Key2]) this.#memory.values.set(key.fingerprint, key);
    this.#known = { ...this.#known, keys: known(fingerprints(keys)) };
  }

  /** The secret as it was just read. */
  sawSecret(secret: SecretReading): void {
    this.#known = { ...this.#known, secret: withoutValue(known(secret)) };
  }

  /** A request that is done with. */
  forgetRequest(requestId: string): void {
    const requests = this.#known.requests.filter(({ id }) => id !== requestId);
    this.#known = { ...this.#known, requests };
  }

  /** The picture after this step, for the next; undefined where only a look can tell. */
  carryOn(): Observed | undefined {
    if (this.#inDoubt || !this.#record || this.#etag === null) return undefined;
    const stored = { record: this.#record, etag: this.#etag };
    return carryOn(this.#observed, { ...this.#known, stored }, this.dependencies);
  }

  /** Whether another worker has written the record since this pass read or wrote it. */
  isOutdatedBy(stored: StoredRecord | null): boolean {
    return (stored?.etag ?? null) !== this.#etag;
  }

  /** Whether the record was changed and not written since. */
  get hasUnwritten(): boolean {
    return this.#memory.unwritten !== undefined;
  }

  /** Claims the account unless this pass holds the claim already. */
  async claim(): Promise<void> {
    const claim = this.#record?.claim;
    const now = this.dependencies.clock.now();
    if (!this.#record || (claim?.worker === this.worker && now < claim.until)) return;
    await this.write(this.#record, []);
  }

  /** Writes the record with this pass's claim. Throws {@link LostRace} if another worker was first. */
  async write(next: RotationRecord, history: readonly HistoryEntry[]): Promise<void> {
    const until = this.dependencies.clock.now() + this.dependencies.deployment.timing.claimMs;
    await this.#put({ ...next, claim: { worker: this.worker, until } }, history);
  }

  /**
   * Changes the record without writing it: for what the next pass would find out by itself or do once
   * more, should this one end here. It is written with the next change, at the end of the pass at the
   * latest.
   */
  keep(next: RotationRecord, history: readonly HistoryEntry[]): void {
    this.#record = { ...next, claim: this.#record?.claim ?? null };
    this.#memory.unwritten = [...(this.#memory.unwritten ?? []), ...history];
  }

  /** Gives the claim back, and writes what was kept; false when there was nothing to write. */
  async release(): Promise<boolean> {
    const isClaimed = this.#record?.claim?.worker === this.worker;
    if (!this.#record || !(isClaimed || this.hasUnwritten)) return false;
    await this.#put({ ...this.#record, claim: null }, []);
    return true;
  }

  /**
   * Writes `next` as a setback: the next try waits longer, as long as the service asked at least.
   * `telling`: it was an event that could not be sent; `call`: what failed, where that is known.
   */
  async setback(
    next: RotationRecord,
    failure: Failure,
    entry: HistoryEntry,
    what: { telling?: boolean; call?: Call } = {},
  ): Promise<void> {
    const { timing } = this.dependencies.deployment;
    const now = this.dependencies.clock.now();
    this.#inDoubt = true;
    await this.write(markSetback(next, now, timing, failure, what), [entry]);
  }

  /** A line of history about `step`, as of now. */
  entry(
    step: Step,
    outcome: HistoryEntry['outcome'],
    details: Partial<
      Pick<HistoryEntry, 'message' | 'slot' | 'fingerprint' | 'actor' | 'requestId'>
    > = {},
    record: RotationRecord | null = this.#record,
  ): HistoryEntry {
    const at = this.dependencies.clock.now();
    return {
      at,
      reason: step.reason,
      message: details.message ?? step.message,
      phase: record?.phase ?? 'idle',
      rotationId: record?.rotation?.id ?? null,
      requestId: details.requestId ?? record?.rotation?.requestId ?? null,
      cause: record?.rotation?.cause ?? null,
      slot: details.slot ?? null,
      fingerprint: details.fingerprint ?? null,
      actor: details.actor ?? record?.rotation?.actor ?? '',
      outcome,
      durationMs: at - this.#stepStartedAt,
    };
  }

  async #put(next: RotationRecord, history: readonly HistoryEntry[]): Promise<void> {
    const lines = [...(this.#memory.unwritten ?? []), ...history];
    const etag = await this.dependencies.records.write(next, this.#etag, lines);
    if (etag === undefined) throw new LostRace();
    this.#memory.unwritten = undefined;
    this.#etag = etag;
    this.#record = next;
  }
}
