import { type Account, type AccountSettings, type AccountSpec, accountId } from './account.ts';
import { AzureError } from './azure-error.ts';
import { KeyRing, type KeySlot, keySlots } from './key-ring.ts';
import type { Random } from './random.ts';
import type { Clock } from './time.ts';

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/;

export interface AccountsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Used where a spec names none. */
  readonly subscription: string;
  readonly resourceGroup: string;
  /** How long the data plane refuses a new key. */
  readonly keyPropagationMs: number;
  /** The data plane's address for an account's host. */
  readonly endpointOf: (host: string) => string;
}

/** The accounts as Azure Resource Manager sees them. Ids and names are compared without case. */
export class Accounts {
  readonly #options: AccountsOptions;
  readonly #byId = new Map<string, Account>();
  readonly #byHost = new Map<string, Account>();
  /** Keys outlive their accounts here: a leak of a dead key is still a leak. */
  readonly #everyRing: KeyRing[] = [];

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  add(spec: AccountSpec): Account {
    if (!namePattern.test(spec.name)) throw new Error(`Not an account name: "${spec.name}"`);
    const { clock, random, keyPropagationMs, endpointOf } = this.#options;
    const subscription = spec.subscription ?? this.#options.subscription;
    const resourceGroup = spec.resourceGroup ?? this.#options.resourceGroup;
    const name = spec.name.toLowerCase();
    const customSubDomainName =
      spec.customSubDomainName === undefined ? name : spec.customSubDomainName;
    const host = customSubDomainName?.toLowerCase() ?? name;
    const account: Account = {
      id: accountId(subscription, resourceGroup, spec.name),
      name: spec.name,
      resourceGroup,
      subscription,
      kind: spec.kind ?? 'TextAnalytics',
      location: spec.location ?? 'westeurope',
      sku: spec.sku ?? 'S0',
      customSubDomainName,
      host,
      endpoint: endpointOf(host),
      etag: random.hex(32),
      keys: new KeyRing(clock, random, keyPropagationMs),
      tags: { ...spec.tags },
      provisioningState: spec.provisioningState ?? 'Succeeded',
      disableLocalAuth: spec.disableLocalAuth ?? false,
      networkAcls: spec.networkAcls ?? { defaultAction: 'Allow', ipRules: [] },
      publicNetworkAccess: spec.publicNetworkAccess ?? 'Enabled',
    };
    if (this.#byId.has(account.id.toLowerCase()) || this.byHost(host)) {
      throw new Error(`There is an account ${account.id} or a host ${host}`);
    }
    this.#byId.set(account.id.toLowerCase(), account);
    this.#byHost.set(host, account);
    this.#everyRing.push(account.keys);
    return account;
  }

  remove(id: string): void {
    const { host } = this.get(id);
    this.#byId.delete(id.toLowerCase());
    this.#byHost.delete(host);
  }

  get(id: string): Account {
    const account = this.#byId.get(id.toLowerCase());
    if (account) return account;
    throw new AzureError(404, 'ResourceNotFound', `The Resource '${id}' was not found.`);
  }

  byHost(host: string): Account | undefined {
    return this.#byHost.get(host.toLowerCase());
  }

  all(): Account[] {
    return [...this.#byId.values()];
  }

  /** The accounts of a subscription, or of one resource group in it. */
  list(subscription: string, resourceGroup?: string): Account[] {
    const group = resourceGroup?.toLowerCase();
    return this.all().filter(
      (account) =>
        account.subscription.toLowerCase() === subscription.toLowerCase() &&
        (group === undefined || account.resourceGroup.toLowerCase() === group),
    );
  }

  update(id: string, changes: Partial<AccountSettings>): Account {
    const account = this.get(id);
    Object.assign(account, changes);
    account.etag = this.#options.random.hex(32);
    return account;
  }

  listKeys(id: string): { key1: string; key2: string } {
    const account = this.get(id);
    assertKeysUsable(account, 'list');
    return { key1: account.keys.value('Key1'), key2: account.keys.value('Key2') };
  }

  /** `slot` is what the caller sent: anything but the two exact spellings is refused. */
  regenerateKey(id: string, slot: string): { key1: string; key2: string } {
    const account = this.get(id);
    assertKeysUsable(account, 'regenerate');
    if (!isKeySlot(slot)) {
      throw new AzureError(400, 'BadRequest', "The key name should be 'Key1' or 'Key2'.");
    }
    account.keys.regenerate(slot);
    return this.listKeys(id);
  }

  everyKeyEverIssued(): string[] {
    return this.#everyRing.flatMap((ring) => ring.everIssued);
  }

  wasEverIssued(key: string): boolean {
    return this.#everyRing.some((ring) => ring.everIssued.includes(key));
  }
}

function isKeySlot(value: string): value is KeySlot {
  return keySlots.some((slot) => slot === value);
}

function assertKeysUsable(account: Account, verb: 'list' | 'regenerate'): void {
  if (account.provisioningState !== 'Succeeded') {
    throw new AzureError(
      400,
      'AccountProvisioningStateInvalid',
      `Account ${account.id} in state ${account.provisioningState}`,
    );
  }
  if (account.disableLocalAuth) {
    throw new AzureError(
      400,
      'BadRequest',
      `Failed to ${verb} key. disableLocalAuth is set to be true.`,
    );
  }
}
