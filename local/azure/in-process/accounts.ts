import { isDiscovered, toAccount } from '../../../shared/azure/armAccount.ts';
import { Failure } from '../../../shared/core/failures.ts';
import type { Account } from '../../../shared/core/observation.ts';
import type { Slot } from '../../../shared/core/slots.ts';
import { Key, type KeyPair } from '../../../shared/service/key.ts';
import type { Accounts, Outcome } from '../../../shared/service/ports.ts';
import { accountJson } from '../model/account-json.ts';
import type { Call } from '../model/call.ts';
import type { ThrottleKind } from '../model/throttles.ts';
import type { Caller } from './caller.ts';

export interface InProcessAccountsOptions {
  readonly listedIds: readonly string[];
  /** Subscriptions in which tagged accounts are discovered. */
  readonly subscriptionIds: readonly string[];
  /** Azure does not document which bucket POST listKeys draws from; default: that of reads. */
  readonly listKeysBucket?: ThrottleKind;
}

/** The port `Accounts`, on the model. */
export class InProcessAccounts implements Accounts {
  readonly listedIds: readonly string[];
  readonly subscriptionIds: readonly string[];
  readonly #listKeysBucket: ThrottleKind;
  readonly #caller: Caller;

  constructor(
    caller: Caller,
    { listedIds, subscriptionIds, listKeysBucket = 'armRead' }: InProcessAccountsOptions,
  ) {
    this.#caller = caller;
    this.#listKeysBucket = listKeysBucket;
    this.listedIds = [...new Set(listedIds.map((id) => id.toLowerCase()))];
    this.subscriptionIds = subscriptionIds;
  }

  async *discover(subscription: string): AsyncGenerator<Account> {
    const call = armCall('listAccounts', `/subscriptions/${subscription}`, 'armRead');
    const { accounts } = this.#caller.model;
    const found = await this.#caller.read(call, () => accounts.list(subscription));
    yield* found.map((account) => toAccount(accountJson(account))).filter(isDiscovered);
  }

  async get(id: string): Promise<Account | null> {
    const { accounts } = this.#caller.model;
    try {
      const call = armCall('getAccount', id, 'armRead');
      return toAccount(await this.#caller.read(call, () => accountJson(accounts.get(id))));
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return null;
      throw error;
    }
  }

  listKeys(id: string): Promise<KeyPair> {
    const { accounts } = this.#caller.model;
    return this.#caller.read(armCall('listKeys', id, this.#listKeysBucket), () =>
      toKeyPair(accounts.listKeys(id)),
    );
  }

  regenerateKey(id: string, slot: Slot, sendBy: number): Promise<Outcome<KeyPair>> {
    const { accounts } = this.#caller.model;
    return this.#caller.change(armCall('regenerateKey', id, 'armWrite'), sendBy, () =>
      toKeyPair(accounts.regenerateKey(id, slot)),
    );
  }

  disableKeys(id: string, sendBy: number): Promise<Outcome<void>> {
    const { accounts } = this.#caller.model;
    return this.#caller.change(armCall('updateAccount', id, 'armWrite'), sendBy, () => {
      accounts.update(id, { disableLocalAuth: true });
    });
  }
}

function toKeyPair({ key1, key2 }: { key1: string; key2: string }): KeyPair {
  return { Key1: new Key(key1), Key2: new Key(key2) };
}

/** The target is the account's name, as on the wire: the same fault rules fit both fronts. */
function armCall(operation: string, id: string, bucket: ThrottleKind): Call {
  const [, , subscription = '', ...rest] = id.split('/');
  const target = rest.at(-1) ?? '';
  return { service: 'arm', operation, target, throttles: [{ kind: bucket, scope: subscription }] };
}
