import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { TokenCredential } from '@azure/core-auth';
import { Failure } from '../core/failures.ts';
import type { Account } from '../core/observation.ts';
import type { Slot } from '../core/slots.ts';
import type { KeyPair } from '../service/key.ts';
import type { Accounts, Clock, Outcome } from '../service/ports.ts';
import {
  type AccountAddress,
  isDiscovered,
  parseAccountId,
  toAccount,
  toKeyPair,
} from './armAccount.ts';
import { callWithin, pages, repeatable } from './calls.ts';
import type { ClientPolicy } from './clientPolicy.ts';
import { sendOnce } from './deadline.ts';
import { toFailure } from './failures.ts';
import { attempt } from './outcomes.ts';
import { armQuota } from './quotaPolicy.ts';
import type { Quotas } from './quotas.ts';

/** What {@link ArmAccounts} needs. */
export interface ArmAccountsOptions {
  /** Listed accounts, ids lower-cased. */
  readonly accountIds: readonly string[];
  /** Subscriptions in which tagged accounts are discovered. */
  readonly subscriptionIds: readonly string[];
  readonly armEndpoint: string;
  readonly armScope: string;
  readonly credential: TokenCredential;
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  /** What is known of ARM's limits; undefined: calls leave as they come. */
  readonly quotas?: Quotas | undefined;
}

/** Pages of one subscription's accounts; ARM allows 200 accounts a region, a page holds about 100. */
const MAX_PAGES = 1_000;

/** The port {@link Accounts} by Azure Resource Manager. */
export class ArmAccounts implements Accounts {
  readonly listedIds: readonly string[];
  readonly subscriptionIds: readonly string[];
  readonly #options: ArmAccountsOptions;
  readonly #readers = new Map<string, CognitiveServicesManagementClient>();
  readonly #changers = new Map<string, CognitiveServicesManagementClient>();

  constructor(options: ArmAccountsOptions) {
    this.#options = options;
    this.listedIds = [...new Set(options.accountIds)];
    this.subscriptionIds = [...new Set(options.subscriptionIds)];
  }

  async *discover(subscriptionId: string): AsyncGenerator<Account> {
    const { accounts } = this.#reader(subscriptionId);
    const what = `list accounts of subscription ${subscriptionId}`;
    try {
      const found = pages(this.#options.callTimeoutMs, what, MAX_PAGES, accounts.list());
      for await (const arm of found) {
        const account = toAccount(arm);
        if (isDiscovered(account)) yield account;
      }
    } catch (error) {
      throw toFailure(error, what);
    }
  }

  async get(id: string): Promise<Account | null> {
    const address = addressOf(id);
    try {
      return await callWithin(this.#options.callTimeoutMs, `get ${id}`, async (abortSignal) => {
        const { accounts } = this.#reader(address.subscriptionId);
        return toAccount(await accounts.get(address.resourceGroup, address.name, { abortSignal }));
      });
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return null;
      throw error;
    }
  }

  listKeys(id: string): Promise<KeyPair> {
    const { subscriptionId, resourceGroup, name } = addressOf(id);
    const what = `listKeys of ${id}`;
    return callWithin(this.#options.callTimeoutMs, what, async (abortSignal) => {
      const { accounts } = this.#reader(subscriptionId);
      return toKeyPair(await accounts.listKeys(resourceGroup, name, { abortSignal }), what);
    });
  }

  regenerateKey(id: string, slot: Slot, sendBy: number): Promise<Outcome<KeyPair>> {
    const { subscriptionId, resourceGroup, name } = addressOf(id);
    const what = `regenerateKey ${slot} of ${id}`;
    const limits = { sendBy, timeoutMs: this.#options.callTimeoutMs };
    return attempt(what, limits, async (abortSignal) => {
      const { accounts } = this.#changer(subscriptionId);
      const answer = await accounts.regenerateKey(resourceGroup, name, slot, { abortSignal });
      return toKeyPair(answer, what);
    });
  }

  disableKeys(id: string, sendBy: number): Promise<Outcome<void>> {
    const { subscriptionId, resourceGroup, name } = addressOf(id);
    const what = `switch key authentication of ${id} off`;
    const limits = { sendBy, timeoutMs: this.#options.callTimeoutMs };
    return attempt(what, limits, async (abortSignal) => {
      const { accounts } = this.#changer(subscriptionId);
      const change = { properties: { disableLocalAuth: true } };
      // ARM may go on at it for a while; whether it got there, the next observation tells.
      await accounts.beginUpdate(resourceGroup, name, change, { abortSignal });
    });
  }

  #reader(subscriptionId: string): CognitiveServicesManagementClient {
    const { callTimeoutMs } = this.#options;
    return this.#client(this.#readers, subscriptionId, repeatable(callTimeoutMs, ...this.#quota()));
  }

  #changer(subscriptionId: string): CognitiveServicesManagementClient {
    return this.#client(
      this.#changers,
      subscriptionId,
      sendOnce(this.#options.clock, ...this.#quota()),
    );
  }

  #quota(): ClientPolicy[] {
    const { quotas } = this.#options;
    return quotas ? [armQuota(quotas)] : [];
  }

  #client(
    cache: Map<string, CognitiveServicesManagementClient>,
    subscriptionId: string,
    clientOptions: object,
  ): CognitiveServicesManagementClient {
    const known = cache.get(subscriptionId);
    if (known) return known;
    const { armEndpoint, armScope, credential } = this.#options;
    const client = new CognitiveServicesManagementClient(credential, subscriptionId, {
      ...clientOptions,
      endpoint: armEndpoint,
      credentialScopes: armScope,
    });
    cache.set(subscriptionId, client);
    return client;
  }
}

function addressOf(id: string): AccountAddress {
  const address = parseAccountId(id);
  if (!address)
    throw new Failure('invalid', `'${id}' is not the id of a Cognitive Services account`);
  return address;
}
