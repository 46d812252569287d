import { known } from '../../shared/core/failures.ts';
import type { Observation, SecretVersion } from '../../shared/core/observation.ts';
import { planNextStep } from '../../shared/core/planner.ts';
import { parseRecord, type RotationRecord } from '../../shared/core/record.ts';
import { otherSlot, type Slot } from '../../shared/core/slots.ts';
import type {
  Announce,
  ConfirmRetired,
  Remind,
  Report,
  Step,
  Verify,
  Wait,
} from '../../shared/core/steps.ts';
import * as transitions from '../../shared/core/transitions.ts';
import { DAY, DEPLOYMENT, SECRET, TIMING } from './fixtures.ts';

/** One step as it was taken. */
export interface Taken {
  readonly at: number;
  readonly step: Step;
}

/**
 * A world in which every call succeeds at once, every app acknowledges what it is told, and time
 * jumps to what is waited for: what the planner alone makes of an account. It holds the promises
 * against each step before it carries it out, by its own reading of what must never happen.
 */
export class IdealWorld {
  readonly taken: Taken[] = [];
  #seen: Observation;
  #keyNumber = 0;
  /** The value that apps were told of last. */
  #announced: string | undefined;

  constructor(first: Observation) {
    this.#seen = first;
    if (this.record?.announcedAt !== null) this.#announced = this.record?.active?.fingerprint;
  }

  get now(): number {
    return this.#seen.now;
  }

  get record(): RotationRecord | null {
    return this.#seen.record.ok ? this.#seen.record.value : null;
  }

  get requests(): Observation['requests'] {
    return this.#seen.requests;
  }

  get keys(): Readonly<Record<Slot, string>> {
    if (!this.#seen.keys.ok) throw new Error('an ideal world has keys');
    return this.#seen.keys.value;
  }

  /** The newest version of the secret. */
  get newest(): SecretVersion | undefined {
    const { secret } = this.#seen;
    return secret.ok && secret.value.state === 'present' ? secret.value.newest : undefined;
  }

  /** Nothing is under way and nothing was asked for. */
  get settled(): boolean {
    // A leak is left for when keys are on again.
    const open = this.requests.filter(({ kind }) => !(this.keyless && kind === 'compromised'));
    return this.record?.phase === 'idle' && open.length === 0;
  }

  /** Key authentication is switched off. */
  get keyless(): boolean {
    const { account } = this.#seen;
    return account.ok && account.value?.keyless === true;
  }

  /** The kinds of steps taken, without waits. */
  get story(): string[] {
    return this.taken.map(({ step }) => step.do).filter((kind) => kind !== 'wait');
  }

  /** Changes the world by a person's hand. */
  change(by: Partial<Observation>): void {
    this.#seen = { ...this.#seen, ...by };
  }

  /** Goes on until `done`; throws when that takes more than `limit` steps. */
  runUntil(done: (world: IdealWorld) => boolean, limit = 120): void {
    for (let count = 0; !done(this); count++) {
      if (count >= limit) {
        const last = this.taken.slice(-12).map(({ at, step }) => `${at} ${step.do} ${step.reason}`);
        throw new Error(`no end after ${limit} steps: ${last.join('; ')}`);
      }
      this.#take();
    }
  }

  #take(): void {
    const record = this.record?.rotation?.secret;
    const policy = this.#seen.policy.ok ? this.#seen.policy.policy.secret : SECRET;
    this.#seen = { ...this.#seen, secretRef: record ?? policy, freshRotationId: this.#freshId() };
    const step = planNextStep(this.#seen, TIMING);
    this.taken.push({ at: this.now, step });
    this.#carryOut(step);
  }

  #carryOut(step: Step): void {
    switch (step.do) {
      case 'wait':
        this.#wait(step);
        break;
      case 'recoverSecret':
        this.#setNewest(this.#version('recovered', this.keys.Key1));
        break;
      case 'tagSecret':
        if (step.intent) this.#write(step.intent);
        this.#tag();
        break;
      case 'closeRequest':
        this.change({ requests: this.requests.filter(({ id }) => id !== step.requestId) });
        break;
      case 'regenerate':
        this.#regenerate(step.slot, step.intent);
        break;
      case 'publish':
        this.#publish(step.intent);
        break;
      case 'note':
        this.#write(step.next);
        break;
      case 'disableKeys':
        this.#write(step.intent);
        this.#disableKeys();
        break;
      case 'finishKeyless':
        if (this.record) this.#write(transitions.closeForGood(this.record, this.now));
        this.change({ requests: this.requests.filter(({ kind }) => kind !== 'keyless') });
        break;
      default:
        this.#write(this.#after(step));
        // An account that is due again at once never waits for the operator to confirm again.
        if (step.reason === 'KeysStillUsed') this.#takeBackKeyless();
    }
  }

  /** The operator who asked for it learns of an app that it would break. */
  #takeBackKeyless(): void {
    this.change({ requests: this.requests.filter(({ kind }) => kind !== 'keyless') });
  }

  #wait(step: Wait): void {
    if (!(step.until > this.now)) throw new Error(`a wait into the past: ${step.message}`);
    this.change({ now: step.until });
    const { record } = this;
    if (record && step.reason.startsWith('Acknowledgement')) this.#acknowledge(record);
    if (step.reason === 'KeysStillUsed') this.#takeBackKeyless();
    const active = record?.active;
    // A stale read is over the next time.
    if (step.reason === 'VaultBehind' && active) {
      const version = this.#version(active.versionId, active.fingerprint);
      this.#setNewest({ ...version, createdAt: active.createdAt });
    }
  }

  /** The record after a step that succeeds without changing a key or the secret. */
  #after(step: Verify | Announce | Remind | Report | ConfirmRetired): RotationRecord {
    const { now, record } = this;
    if (!record) throw new Error(`${step.do} without a record`);
    switch (step.do) {
      case 'verify':
        return transitions.markVerified(record);
      case 'announce':
        this.#acknowledge(record);
        return transitions.markAnnounced(
          record,
          now,
          transitions.retireAtAfter(record, now),
          step.endsBy,
        );
      case 'remind':
        return transitions.markReminded(record, now, step);
      case 'report':
        return { ...record, reported: step.reason };
      case 'confirmRetired':
        return transitions.closeRotation(record, now, true);
    }
  }

  #regenerate(slot: Slot, intent: RotationRecord): void {
    const going = this.keys[slot];
    if (going === this.newest?.fingerprint) throw new Error('the active key was regenerated');
    const { record } = this;
    const leaked = this.requests.some(({ fingerprints }) =>
      Object.values(this.keys).some((key) => fingerprints.includes(key)),
    );
    const overlapping = record?.phase === 'overlap' && !leaked;
    if (overlapping && this.#announced !== this.newest?.fingerprint) {
      throw new Error('a stale key was regenerated before its replacement was announced');
    }
    this.#write(intent);
    const value = this.#freshKey();
    this.change({ keys: known({ ...this.keys, [slot]: value }) });
    const answered = transitions.clearQuarantine(intent);
    this.#write(
      intent.phase === 'regeneratingStale'
        ? transitions.markRetired(answered, this.now)
        : transitions.beginVerifying(answered, slot, value, this.now),
    );
  }

  #disableKeys(): void {
    const { account } = this.#seen;
    if (!account.ok || !account.value) throw new Error('a switch on an unknown account');
    this.change({ account: known({ ...account.value, keyless: true }) });
  }

  #publish(intent: RotationRecord): void {
    const { candidate, rotation } = intent;
    if (!candidate || !rotation) throw new Error('a publish of nothing');
    if (this.keys[candidate.slot] !== candidate.fingerprint)
      throw new Error('a dead key published');
    this.#write(intent);
    const version = this.#version(`p${this.taken.length}`, candidate.fingerprint, rotation.id);
    this.#setNewest(version);
    const { slot, fingerprint } = candidate;
    const active = transitions.publicationOf(rotation.secret, version, slot, fingerprint);
    const stale = this.keys[otherSlot(slot)];
    const answered = transitions.clearQuarantine(intent);
    this.#write(transitions.enterOverlap(answered, rotation, active, stale));
  }

  #acknowledge({ active }: RotationRecord): void {
    if (!active || active.fingerprint !== this.newest?.fingerprint) {
      throw new Error('an event ahead of the vault');
    }
    this.#announced = active.fingerprint;
    const subscribers = this.#seen.policy.ok ? this.#seen.policy.policy.subscribers : [];
    const { fingerprint } = active;
    this.change({
      acknowledgements: subscribers.map((subscriber) => ({
        subscriber,
        fingerprint,
        at: this.now,
      })),
    });
  }

  #write(next: RotationRecord): void {
    const stored = parseRecord(JSON.parse(JSON.stringify(next)));
    if (!stored) throw new Error(`not a record: ${JSON.stringify(next)}`);
    this.change({ record: known(stored) });
  }

  #tag(): void {
    if (!this.newest) throw new Error('no version to tag');
    const tags = { ...this.newest.tags, 'managed-by': DEPLOYMENT };
    this.#setNewest({ ...this.newest, tags });
  }

  #setNewest(newest: SecretVersion): void {
    this.change({ secret: known({ state: 'present', newest }) });
  }

  #version(id: string, fingerprint: string, rotationId = ''): SecretVersion {
    const tags = {
      'managed-by': DEPLOYMENT,
      'account-id': this.#seen.accountId,
      'rotation-id': rotationId,
    };
    const createdAt = Math.floor(this.now / 1000) * 1000;
    return { id, createdAt, expiresAt: this.now + 32 * DAY, enabled: true, fingerprint, tags };
  }

  #freshKey(): string {
    this.#keyNumber++;
    return `c0ffee${String(this.#keyNumber).padStart(6, '0')}`;
  }

  #freshId(): string {
    return `rotation-${this.taken.length}`;
  }
}
