import type { TimeSource } from '../../local/azure/model/time.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import { heed, type Notice } from '../../shared/service/notices.ts';
import { DAY, HOUR, SECOND } from './units.ts';
import type { World } from './world.ts';

/** Key Vault says that a version expires soon so long ahead, or at once where less is left. */
export const NEAR_EXPIRY_MS = 30 * DAY;
/** Event Grid may be late by this much. */
const LATEST_NOTICE_MS = 6 * HOUR;
/** Between an event and the invocation that it brings about. */
const ON_ITS_WAY_MS = 2 * SECOND;

/** What Azure tells of its own accord reaches the service, or most of it. */
export class Notices {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.#watchKeys();
    this.#watchSecrets();
    watchExpiry(world, ({ name, version, vault }) =>
      this.#tell({
        kind: 'secretNearExpiry',
        secret: { vaultUrl: vault.url, name },
        versionId: version,
      }),
    );
  }

  #watchKeys(): void {
    const { model, oracle, clientId } = this.#world;
    const { accounts } = model;
    const regenerate = accounts.regenerateKey.bind(accounts);
    accounts.regenerateKey = (id, slot) => {
      const keys = regenerate(id, slot);
      const caller = oracle.person ? undefined : clientId;
      this.#tell({ kind: 'keyRegenerated', accountId: id.toLowerCase(), caller });
      return keys;
    };
  }

  #watchSecrets(): void {
    for (const vault of this.#world.model.vaults.values()) {
      const set = vault.set.bind(vault);
      vault.set = (name, value, properties) => {
        const version = set(name, value, properties);
        const secret = { vaultUrl: vault.url, name };
        this.#tell({ kind: 'secretSet', secret, versionId: version.version });
        return version;
      };
    }
  }

  #tell(notice: Notice): void {
    const subject = notice.kind === 'keyRegenerated' ? notice.accountId : notice.secret.name;
    const what = `${notice.kind} of ${subject}`;
    const passage = this.#world.draws.ofPassage(what, LATEST_NOTICE_MS);
    if (passage === 'lost') return;
    const lateMs = typeof passage === 'object' ? passage.lateMs : 0;
    const times = passage === 'twice' ? 2 : 1;
    for (let count = 1; count <= times; count++) {
      this.#world.later(lateMs + count * ON_ITS_WAY_MS, () => void this.#deliver(notice));
    }
  }

  async #deliver(notice: Notice): Promise<void> {
    const { platform } = this.#world;
    await platform.invoke((dependencies, queue) => heed(notice, dependencies, queue));
  }
}

/** Tells of each version that expires soon while it is the newest. */
export function watchExpiry(
  { model, time }: World,
  tell: (expiring: { name: string; version: string; vault: Vault }) => void,
): void {
  for (const vault of model.vaults.values()) watchExpiryIn(vault, time, tell);
}

function watchExpiryIn(
  vault: Vault,
  time: TimeSource,
  tell: (expiring: { name: string; version: string; vault: Vault }) => void,
): void {
  const set = vault.set.bind(vault);
  vault.set = (name, value, properties) => {
    const created = set(name, value, properties);
    const { version, expires } = created;
    if (expires === undefined) return created;
    const at = expires * SECOND - NEAR_EXPIRY_MS;
    time.schedule(Math.max(at, time.now() + SECOND), () => {
      if (vault.peek(name).at(-1)?.version === version) tell({ name, version, vault });
    });
    return created;
  };
}
