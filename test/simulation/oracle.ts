import { Duration } from 'luxon';
import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Call } from '../../local/azure/model/call.ts';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import type { Request } from './apps.ts';
import { fingerprintOf, inForceSince, Ledger, LONGEST_PINNED_MS } from './ledger.ts';
import { isOpen } from './openings.ts';
import { dataOf, Told } from './told.ts';
import { DAY, HOUR, MINUTE, momentOf, SECOND, START } from './units.ts';
import type { Statement, Violation } from './violations.ts';

/** From the look at a hold to the latest effect of what was sent then. */
const LONGEST_SENDING_MS = 15 * MINUTE;
/** What a change rests on, which is read right before it: a person may act in between. */
const LOOKS: Readonly<Record<string, string>> = {
  regenerateKey: 'getSecret',
  setSecret: 'listKeys',
};

/** When one invocation last looked at what, by operation and account. */
export type Looks = Map<string, number>;

/**
 * Looks at every change as it takes effect, by whatever hand, and holds it to what must always hold.
 * It shares nothing with the service but the words of the policy's tags.
 */
export class Oracle {
  readonly violations: Violation[] = [];
  readonly ledgers = new Map<string, Ledger>();
  readonly trace: string[] = [];
  appRequests = 0;
  appFailures = 0;
  rotations = 0;
  /** Told when a key of an account has just been ended: as soon as it is dead, apps are put to the test. */
  onEnd: (account: string) => void = () => {};
  /** Set while a person acts: what happens then is by a person. */
  person = false;
  /** Two instances' clocks may differ by this much, and so may what they call the same time. */
  readonly #clocksMs: number;
  readonly #isContested: boolean;
  /** What senders of events had looked at when they sent them, by the time at which those come in. */
  readonly #sending = new Map<number, Looks>();
  readonly #told = new Told();
  readonly #model: AzureModel;
  readonly #vaultOf: (account: string) => Vault;

  constructor(
    model: AzureModel,
    world: {
      readonly clocksMs: number;
      readonly isContested: boolean;
      vaultOf(account: string): Vault;
    },
  ) {
    const { clocksMs, isContested } = world;
    this.#clocksMs = clocksMs;
    this.#isContested = isContested;
    this.#model = model;
    this.#vaultOf = (account) => world.vaultOf(account);
    for (const account of model.accounts.all()) {
      this.ledgers.set(account.name, new Ledger(account));
      this.noteTags(account.name);
    }
    this.#watchKeys();
    for (const vault of model.vaults.values()) {
      this.#watchVault(vault);
      this.#watchDisabling(vault);
    }
    this.#watchSwitch();
    this.#watchTopic();
  }

  /** Adds a line to the timeline. */
  say(line: string): void {
    this.trace.push(`${momentOf(this.#now)}  ${line}`);
  }

  violate(statement: Statement, account: string, message: string): void {
    this.say(`VIOLATION ${statement} ${account}: ${message}`);
    this.violations.push({ statement, at: this.#now, account, message });
  }

  ledger(name: string): Ledger {
    const ledger = this.ledgers.get(name);
    if (!ledger) throw new Error(`no account ${name}`);
    return ledger;
  }

  /** The account's tags changed, or are there for the first time. */
  noteTags(name: string): void {
    const ledger = this.ledger(name);
    const { tags } = ledger.account;
    const at = this.#now;
    const overlap = Duration.fromISO(tags['key-rotation-overlap'] ?? 'P2D');
    if (overlap.isValid) ledger.overlaps.push({ at, overlapMs: overlap.toMillis() });
    const readable = Duration.fromISO(tags['key-rotation-period'] ?? 'P30D').isValid;
    ledger.handsOff.push({ at, is: !readable || tags['key-rotation'] === 'disabled' });
    ledger.windows.push({ at, window: tags['key-rotation-window'] });
  }

  /** An invocation looks at something, or sends a change that takes effect at `dueAt`. */
  noteCall(looks: Looks, { operation, target }: Call, dueAt: number): void {
    const account = target.replace(/-key$/, '');
    looks.set(`${operation} ${account}`, dueAt);
    if (operation === 'getSecret') looks.set(`seen ${account}`, dueAt);
    if (operation === 'publishEvents') this.#sending.set(dueAt, new Map(looks));
    const look = LOOKS[operation];
    if (look === undefined) return;
    // Who did not look has seen whatever was there.
    const lookedAt = looks.get(`${look} ${account}`) ?? dueAt + 1;
    this.ledgers.get(account)?.sent.push({ dueAt, lookedAt });
  }

  /** An invocation wrote a record: the vault has to be looked at after that, before a regenerate. */
  noteIntent(looks: Looks, accountId: string): void {
    looks.delete(`getSecret ${accountId.slice(accountId.lastIndexOf('/') + 1)}`);
  }

  /** A request of an app ended. */
  judgeRequest({ app, key, status, at }: Request): void {
    this.appRequests += 1;
    if (status !== 401 || app.habit === 'silent') return;
    const ledger = this.ledger(app.account);
    const end = ledger.ended.find(({ value }) => value === key);
    if (this.#isExcused(ledger, key, end?.at ?? at)) return;
    this.appFailures += 1;
    const fingerprint = fingerprintOf(key);
    this.violate('apps', app.account, `${app.name} was refused with ${fingerprint}`);
  }

  /** The key was set or ended by a person, or an operator said that it leaked. */
  #isExcused(ledger: Ledger, key: string, endedAt: number): boolean {
    if (ledger.published.some(({ value, by }) => value === key && by === 'person')) return true;
    const replacedAt = ledger.replacedAt(key) ?? endedAt;
    const since = Math.min(replacedAt, endedAt) - DAY;
    if (ledger.meddledSince(since, this.#now)) return true;
    return ledger.declared.some(({ values, at }) => values.includes(key) || at >= since - 3 * DAY);
  }

  get #now(): number {
    return this.#model.time.now();
  }

  #watchKeys(): void {
    const { accounts } = this.#model;
    const regenerate = accounts.regenerateKey.bind(accounts);
    accounts.regenerateKey = (id, slot) => {
      const { name, keys } = accounts.get(id);
      const before = slot === 'Key1' || slot === 'Key2' ? keys.value(slot) : '';
      const answer = regenerate(id, slot);
      if (slot !== 'Key1' && slot !== 'Key2') return answer;
      const ledger = this.ledger(name);
      const by = this.person ? 'person' : 'service';
      this.say(`${by} regenerated ${slot} of ${name}: ${fingerprintOf(before)} is dead`);
      if (by === 'service') this.#judgeRegenerate(ledger, before);
      const surprised = ledger.surprised(this.#now);
      ledger.ended.push({ at: this.#now, slot, value: before, by, surprised });
      this.onEnd(name);
      return answer;
    };
  }

  #judgeRegenerate(ledger: Ledger, value: string): void {
    const { name } = ledger.account;
    const fingerprint = fingerprintOf(value);
    const newest = this.#newestInVault(name);
    const surprised = ledger.surprised(this.#now);
    if (newest === value) {
      // Only a person can make a key active that was not when the service looked.
      const excused = surprised && ledger.newest?.by === 'person';
      if (!excused) this.violate('activeKey', name, `${fingerprint} is the newest version's`);
      return;
    }
    if (surprised) return;
    if (newest === undefined) {
      this.violate('doubt', name, `${fingerprint} was ended while the secret cannot be read`);
      return;
    }
    this.#judgeHolds(ledger, 'regenerated under a hold');
    this.#judgeHandsOff(ledger);
    this.#judgeWindow(ledger, value, newest);
    this.#judgeTime(ledger, value, newest);
  }

  /** A hold that was there before the pass began; an operator may weigh a leak more. */
  #judgeHolds(ledger: Ledger, what: string): void {
    // Operators place it at one of two deployments, of which the other knows nothing.
    if (this.#isContested) return;
    const before = this.#now - LONGEST_SENDING_MS;
    const held = ledger.holds.some(
      ({ at, until }) => at < before && this.#now < until - this.#clocksMs,
    );
    const overridden = ledger.declared.some(({ overrideHold }) => overrideHold);
    if (held && !overridden) this.violate('doubt', ledger.account.name, what);
  }

  /** Tags that exclude the account or cannot be read, and were so before the pass began. */
  #judgeHandsOff({ account, handsOff }: Ledger): void {
    const inForce = inForceSince(handsOff, this.#now - LONGEST_SENDING_MS);
    if (inForce.every(({ is }) => is)) {
      this.violate('doubt', account.name, 'touched against the tags');
    }
  }

  /** Open at some moment of the pass; a leak does not wait for it. */
  #judgeWindow({ account, windows, declared }: Ledger, value: string, newest: string): void {
    if (declared.some(({ values }) => values.includes(value) || values.includes(newest))) return;
    const since = this.#now - LONGEST_SENDING_MS - this.#clocksMs;
    const inForce = inForceSince(windows, since);
    const isOpenAt = (at: number) => inForce.some(({ window }) => isOpen(window, at));
    for (let at = this.#now + this.#clocksMs; at > since; at -= MINUTE) if (isOpenAt(at)) return;
    if (isOpenAt(since)) return;
    this.violate('doubt', account.name, 'regenerated while the window was closed');
  }

  /** Whether it was time for a value that apps may have. */
  #judgeTime(ledger: Ledger, value: string, newest: string): void {
    const { name } = ledger.account;
    const replacedAt = ledger.replacedAt(value);
    const mayBeUsed = replacedAt !== undefined || ledger.original.includes(value);
    if (!mayBeUsed) return;
    this.rotations += 1;
    // Key Vault knows whole seconds.
    const createdAt = Math.floor((ledger.newest?.at ?? 0) / SECOND) * SECOND;
    const leak = ledger.declared.some(
      ({ at, values, overlapMs }) =>
        (values.includes(value) || values.includes(newest)) &&
        this.#now >= Math.max(at, createdAt) + overlapMs - this.#clocksMs,
    );
    if (leak) return;
    const fingerprint = fingerprintOf(newest);
    const since = replacedAt ?? ledger.published[0]?.at ?? this.#now;
    const announced = ledger.announced.find(
      ({ at, event }) => at >= since - this.#clocksMs && dataOf(event).fingerprint === fingerprint,
    );
    const old = fingerprintOf(value);
    if (!announced) {
      this.violate('staleKey', name, `${old} was ended, ${fingerprint} was never announced`);
      return;
    }
    const overlapMs = ledger.shortestOverlap(since - LONGEST_PINNED_MS);
    const early = announced.at + overlapMs - this.#clocksMs - this.#now;
    if (early > 0) {
      const message = `${old} was ended ${Math.ceil(early / MINUTE)} min before its overlap was over`;
      this.violate('staleKey', name, message);
    }
    this.#judgePromises(ledger, old, since);
    this.#judgeAcknowledgements(ledger, fingerprint);
  }

  /** Apps rely on the time that they were told. */
  #judgePromises(ledger: Ledger, fingerprint: string, since: number): void {
    const promised = ledger.promised.filter(
      (each) =>
        each.fingerprint === fingerprint && each.at >= since && !ledger.lostTrackSince(each.at),
    );
    const untilOf = (told: typeof promised) =>
      Math.max(...told.map(({ validUntil }) => validUntil));
    // Of two deployments that contest an account each knows what it told apps itself.
    const each = promised.map(({ rotationId }) =>
      untilOf(promised.filter((other) => other.rotationId === rotationId)),
    );
    const until = this.#isContested ? Math.min(...each) : untilOf(promised);
    if (promised.length === 0 || this.#now >= until - this.#clocksMs) return;
    const message = `${fingerprint} was ended, of which apps were told ${momentOf(until)}`;
    this.violate('staleKey', ledger.account.name, message);
  }

  #judgeAcknowledgements(ledger: Ledger, fingerprint: string): void {
    const { name, tags } = ledger.account;
    if (tags['key-rotation-ack'] !== 'required') return;
    for (const subscriber of ledger.subscribers) {
      if (ledger.hasAcknowledged(subscriber, fingerprint)) continue;
      this.violate('staleKey', name, `${subscriber} did not acknowledge ${fingerprint}`);
    }
  }

  /** Undefined: there is none, or nobody may read it. */
  #newestInVault(account: string): string | undefined {
    const secret = `${account}-key`;
    const vault = this.#vaultOf(account);
    if (vault.isDeleted(secret)) return undefined;
    const newest = vault.peek(secret).at(-1);
    return newest?.enabled ? newest.value : undefined;
  }

  #watchVault(vault: Vault): void {
    const set = vault.set.bind(vault);
    vault.set = (name, value, properties) => {
      const before = vault.peek(name).at(-1);
      const version = set(name, value, properties);
      const account = name.replace(/-key$/, '');
      const ledger = this.ledgers.get(account);
      if (!ledger) return version;
      if (vault !== this.#vaultOf(account)) {
        this.violate('published', account, `its secret is not in ${vault.name}`);
      }
      const by = this.person ? 'person' : 'service';
      this.say(`${by} set the secret of ${account} to ${fingerprintOf(version.value)}`);
      if (by === 'service') this.#judgePublish(ledger, version.value);
      if (by === 'service') this.#judgeLeaked(ledger, version.value);
      if (by === 'service' && !ledger.surprised(this.#now)) this.#judgeHandsOff(ledger);
      if (by === 'service' && before?.enabled === false && !ledger.surprised(this.#now)) {
        this.violate('doubt', account, 'published over a version that a person disabled');
      }
      const { version: versionId } = version;
      const { value: published } = version;
      const setBy = this.#now === START ? 'before' : by;
      ledger.published.push({ at: this.#now, versionId, value: published, by: setBy });
      return version;
    };
  }

  #watchDisabling(vault: Vault): void {
    const update = vault.update.bind(vault);
    vault.update = (name, version, changes) => {
      const before = vault.peek(name).at(-1);
      const updated = update(name, version, changes);
      const ledger = this.ledgers.get(name.replace(/-key$/, ''));
      const newest = before?.enabled === true && updated.version === before.version;
      if (!ledger || this.person || !newest || updated.enabled) return updated;
      if (ledger.account.disableLocalAuth || ledger.meddledSince(this.#now - HOUR, this.#now)) {
        return updated;
      }
      this.violate('doubt', ledger.account.name, 'the newest version of the secret was disabled');
      return updated;
    };
  }

  #judgePublish(ledger: Ledger, value: string): void {
    const { name, keys, networkAcls } = ledger.account;
    const current = [keys.value('Key1'), keys.value('Key2')].includes(value);
    const accepted = keys.accepts(value);
    // Where nobody lets the service try a key, it rests for a while instead.
    if (current && (accepted || networkAcls.defaultAction === 'Deny')) return;
    const end = ledger.ended.find((ended) => ended.value === value);
    if (end?.by === 'person' && ledger.surprised(this.#now)) return;
    const what = current ? 'is not accepted yet' : 'is not a key of the account';
    this.violate('published', name, `${fingerprintOf(value)} ${what}`);
  }

  /** A key that others know is not given out in the place of a good one. */
  #judgeLeaked(ledger: Ledger, value: string): void {
    const { name, keys } = ledger.account;
    const since = this.#now - LONGEST_SENDING_MS;
    const isLeaked = (each: string) =>
      ledger.leaks.some(({ at, fingerprint }) => at < since && fingerprint === fingerprintOf(each));
    const before = inForceSince(ledger.published, since).map((version) => version.value);
    // One that was replaced may be accepted for a while yet.
    const isCurrent = (each: string) => [keys.value('Key1'), keys.value('Key2')].includes(each);
    const isGood = before.every((each) => isCurrent(each) && keys.accepts(each) && !isLeaked(each));
    if (!isLeaked(value) || !isGood || ledger.surprised(this.#now)) return;
    const message = `${fingerprintOf(value)} was published, which had been declared leaked`;
    this.violate('leak', name, message);
  }

  /** Key authentication ends only after the values that apps could have are gone. */
  #watchSwitch(): void {
    const { accounts } = this.#model;
    const update = accounts.update.bind(accounts);
    accounts.update = (id, changes) => {
      const { name, keys } = accounts.get(id);
      const current = [keys.value('Key1'), keys.value('Key2')];
      const left = this.ledger(name).known.filter((value) => current.includes(value));
      if (!this.person && changes.disableLocalAuth) {
        this.say(`service switched the keys of ${name} off`);
        if (left.length > 0) this.violate('doubt', name, 'keys were switched off, not replaced');
        this.#judgeHolds(this.ledger(name), 'keys were switched off under a hold');
        if (this.ledger(name).sent.some(({ dueAt }) => dueAt > this.#now)) {
          this.violate('doubt', name, 'keys were switched off while a change was under way');
        }
      }
      return update(id, changes);
    };
  }

  #watchTopic(): void {
    const { topic } = this.#model;
    const accept = topic.accept.bind(topic);
    topic.accept = (events) => {
      for (const event of events) this.#judgeEvent(event);
      this.#sending.delete(this.#now);
      accept(events);
    };
  }

  #judgeEvent(event: CloudEvent): void {
    const data = dataOf(event);
    const ledger = this.ledgers.get(event['subject']?.toString().split('/').at(-1) ?? '');
    if (!ledger) return;
    this.say(`event ${event.id} (${event.type.split('.')[1]}) about ${data.fingerprint}`);
    for (const message of this.#told.complaints(ledger, event, this.#now)) {
      this.violate('event', ledger.account.name, message);
    }
    const { previous } = data;
    if (previous?.validUntil) {
      const validUntil = Date.parse(previous.validUntil);
      const { fingerprint } = previous;
      const { rotationId } = data;
      ledger.promised.push({ at: this.#now, fingerprint, validUntil, rotationId });
    }
    if (!event.type.includes('KeyActivated')) return;
    ledger.announced.push({ at: this.#now, event });
    const { name } = ledger.account;
    const version = this.#vaultOf(name)
      .peek(`${name}-key`)
      .find((each) => each.version === data.secretVersion);
    const holds = version && fingerprintOf(version.value) === data.fingerprint;
    if (ledger.meddledSince(this.#now - HOUR, this.#now)) return;
    if (!holds) {
      this.violate('event', name, `${event.id} names a version that the vault does not have`);
    } else if (
      this.#isOutdated(ledger, event) &&
      !ledger.lost.some((at) => at > this.#now - HOUR)
    ) {
      // A lost record takes with it what tells that a lagging vault's answer is stale.
      this.violate('event', name, `${event.id} names a version that is not the newest`);
    }
  }

  /** A newer version was there when the sender looked at the vault. */
  #isOutdated({ newest, account }: Ledger, event: CloudEvent): boolean {
    const seenAt = this.#sending.get(this.#now)?.get(`seen ${account.name}`);
    if (newest === undefined || seenAt === undefined) return false;
    return newest.versionId !== dataOf(event).secretVersion && newest.at <= seenAt;
  }
}
