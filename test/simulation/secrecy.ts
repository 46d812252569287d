import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import type { Telemetry } from '../../shared/service/ports.ts';
import type { Oracle } from './oracle.ts';

/** What a key looks like here; versions of secrets look the same. */
const LIKE_A_KEY = /[0-9a-f]{32}/g;

/** Looks for keys in whatever is said, stored or sent. */
export class Secrecy {
  readonly #model: AzureModel;
  readonly #oracle: Oracle;

  constructor(model: AzureModel, oracle: Oracle) {
    this.#model = model;
    this.#oracle = oracle;
    for (const vault of model.vaults.values()) this.#watchTags(vault);
  }

  /** The service's telemetry: a line of the timeline for each step, searched for keys. */
  readonly telemetry: Telemetry = {
    record: ({ accountId = '', reason, message, name, data = {} }) => {
      this.inspect(`${message} ${Object.values(data).join(' ')}`, 'a log line');
      if (name !== 'step') return;
      const account = accountId.slice(accountId.lastIndexOf('/') + 1);
      this.#oracle.say(`step ${account} ${reason ?? ''}: ${message}`);
    },
  };

  /** Who may list secrets reads their tags. */
  #watchTags(vault: Vault): void {
    const set = vault.set.bind(vault);
    const update = vault.update.bind(vault);
    vault.set = (name, value, properties) => {
      this.inspect(JSON.stringify(properties ?? {}), 'a tag');
      return set(name, value, properties);
    };
    vault.update = (name, version, changes) => {
      this.inspect(JSON.stringify(changes), 'a tag');
      return update(name, version, changes);
    };
  }

  /** Complains of a key in a text. */
  inspect(text: string, where: string): void {
    const suspects = text.match(LIKE_A_KEY);
    if (!suspects) return;
    const keys = new Set(this.#model.accounts.everyKeyEverIssued());
    for (const suspect of suspects) {
      if (keys.has(suspect)) this.#oracle.violate('secrecy', '', `${where} holds a key`);
    }
  }
}
