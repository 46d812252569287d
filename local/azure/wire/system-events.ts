import { randomUUID } from 'node:crypto';
import { accountId } from '../model/account.ts';
import type { AzureModel } from '../model/azure-model.ts';
import type { SecretVersion } from '../model/secret.ts';
import { Topic } from '../model/topic.ts';
import type { Vault } from '../model/vault.ts';

const DAY_SECONDS = 24 * 60 * 60;
/** Key Vault says so this long ahead, or at once where less is left. */
const NEAR_EXPIRY_SECONDS = 30 * DAY_SECONDS;

/** What Azure's own services tell of what was done over the wire: the system topics, all in one. */
export class SystemEvents {
  readonly topic: Topic;
  readonly #model: AzureModel;

  constructor(model: AzureModel) {
    this.#model = model;
    this.topic = new Topic(model.time);
  }

  /** A new version of a secret is in a vault. */
  secretSet(vault: Vault, version: SecretVersion): void {
    this.#ofSecret('SecretNewVersionCreated', vault, version);
    if (version.expires === undefined) return;
    const { time } = this.#model;
    const at = (version.expires - NEAR_EXPIRY_SECONDS) * 1000;
    time.schedule(Math.max(at, time.now() + 1_000), () => {
      const isNewest = vault.peek(version.name).at(-1)?.version === version.version;
      if (isNewest) this.#ofSecret('SecretNearExpiry', vault, version);
    });
  }

  /** A key of an account was regenerated, by the application with this client id. */
  keyRegenerated(
    {
      subscription,
      resourceGroup,
      name,
    }: Record<'subscription' | 'resourceGroup' | 'name', string>,
    clientId: string,
  ): void {
    const id = accountId(subscription, resourceGroup, name);
    const operationName = 'Microsoft.CognitiveServices/accounts/regenerateKey/action';
    this.#accept(
      'Microsoft.Resources.ResourceActionSuccess',
      `/subscriptions/${subscription}`,
      id,
      {
        authorization: { scope: id, action: operationName },
        claims: { appid: clientId },
        correlationId: randomUUID(),
        resourceProvider: 'Microsoft.CognitiveServices',
        resourceUri: id,
        operationName,
        status: 'Succeeded',
        subscriptionId: subscription,
        tenantId: this.#model.tokens.tenant,
      },
    );
  }

  #ofSecret(
    what: string,
    vault: Vault,
    { name, version, expires, notBefore }: SecretVersion,
  ): void {
    const { subscription, resourceGroup } = this.#model;
    const group = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}`;
    this.#accept(
      `Microsoft.KeyVault.${what}`,
      `${group}/providers/Microsoft.KeyVault/vaults/${vault.name}`,
      name,
      {
        Id: `${vault.url}/secrets/${name}/${version}`,
        VaultName: vault.name,
        ObjectType: 'Secret',
        ObjectName: name,
        Version: version,
        NBF: notBefore ?? null,
        EXP: expires ?? null,
      },
    );
  }

  #accept(type: string, source: string, subject: string, data: object): void {
    const time = new Date(this.#model.time.now()).toISOString();
    const event = {
      specversion: '1.0',
      id: randomUUID(),
      type,
      source,
      subject,
      time,
      data,
    } as const;
    this.topic.accept([event]);
  }
}
