import type { AzureModel } from '../../local/azure/model/azure-model.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import type { Telemetry } from '../../shared/service/ports.ts';
import type { Oracle } from './oracle.ts';

/** A key is so many hexadecimal digits here; versions of secrets look the same. */
const KEY_LENGTH = 32;

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
    for (const digits of longRuns(text)) {
      for (let from = 0; from + KEY_LENGTH <= digits.length; from++) {
        if (!this.#model.accounts.wasEverIssued(digits.slice(from, from + KEY_LENGTH))) continue;
        this.#oracle.violate('secrecy', '', `${where} holds a key`);
      }
    }
  }
}

/**
 * All that could hold a key. It covers one of the places that are its length apart, so that only these need be
 * looked at in the megabytes that are said, stored and sent in a year.
 */
function* longRuns(text: string): Generator<string> {
  for (let place = KEY_LENGTH - 1; place < text.length; place += KEY_LENGTH) {
    if (!isDigit(text, place)) continue;
    let from = place;
    while (isDigit(text, from - 1)) from -= 1;
    let end = place + 1;
    while (isDigit(text, end)) end += 1;
    if (end - from >= KEY_LENGTH) yield text.slice(from, end);
  }
}

/** Whether a hexadecimal digit as keys have them is there. */
function isDigit(text: string, place: number): boolean {
  const code = text.charCodeAt(place);
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 102);
}
