import { afterFailure } from '../../../local/azure/model/retry-schedule.ts';
import { Failure } from '../../../shared/core/failures.ts';
import { otherSlot, parseSlot } from '../../../shared/core/slots.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import { DAY, HOUR } from '../units.ts';
import type { World } from '../world.ts';
import { type Baseline, periodMsOf, runJob, setUpSecrets } from './baseline.ts';
import { changed, repeated, WITHOUT_DEADLINE } from './retries.ts';

/** Key Vault says that a version expires soon so long ahead. */
const NEAR_EXPIRY_MS = 30 * DAY;
/** Event Grid may be late by this much. */
const LATEST_EVENT_MS = HOUR;

/**
 * The algorithm of Microsoft's rotation sample for resources with two keys, from its description: upon
 * `SecretNearExpiry` a function reads the secret's tag `CredentialId`, regenerates the other key, and sets
 * it as a new version with the same tags and a new expiry. Event Grid delivers at least once, and again for
 * a day when the function fails; the SDKs repeat what fails. The validity is chosen so that an account is
 * rotated once in its period.
 */
export class Sample implements Baseline {
  rotations = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(): void {
    const world = this.#world;
    this.#watchExpiry();
    setUpSecrets(world, (account) => {
      const validityMs = periodMsOf(world, account) + NEAR_EXPIRY_MS;
      return {
        tags: {
          CredentialId: 'Key1',
          ProviderAddress: world.account(account).id,
          ValidityPeriodDays: String(validityMs / DAY),
        },
        expires: (world.time.now() + validityMs) / 1000,
      };
    });
  }

  /** As people do with the sample: they call its function by hand. */
  rotate(account: string): void {
    void runJob(this.#world, (dependencies) => this.#rotate(account, dependencies));
  }

  #watchExpiry(): void {
    const { vault, time } = this.#world;
    const set = vault.set.bind(vault);
    vault.set = (name, value, properties) => {
      const version = set(name, value, properties);
      if (version.expires === undefined) return version;
      time.schedule(version.expires * 1000 - NEAR_EXPIRY_MS, () => {
        if (vault.peek(name).at(-1)?.version === version.version) this.#tell(name);
      });
      return version;
    };
  }

  #tell(secret: string): void {
    const account = secret.replace(/-key$/, '');
    const { draws, time } = this.#world;
    const acceptedAt = time.now();
    const passage = draws.ofPassage(`near expiry of ${secret}`, LATEST_EVENT_MS);
    // Event Grid loses no event that it was given; what is lost to others is late here.
    const lateMs =
      passage === 'lost' ? LATEST_EVENT_MS : typeof passage === 'object' ? passage.lateMs : 0;
    const deliver = () => void this.#deliver(account, acceptedAt, 1);
    time.schedule(acceptedAt + lateMs, deliver);
    if (passage === 'twice') time.schedule(acceptedAt + HOUR, deliver);
  }

  async #deliver(account: string, acceptedAt: number, attempts: number): Promise<void> {
    const { time, oracle } = this.#world;
    const succeeded = await runJob(this.#world, (dependencies) =>
      this.#rotate(account, dependencies),
    );
    if (succeeded) return;
    const next = afterFailure({ acceptedAt, attempts, now: time.now(), status: 500 });
    if ('deadLetter' in next) return oracle.say(`the event of ${account} is a dead letter`);
    time.schedule(next.nextAt, () => void this.#deliver(account, acceptedAt, attempts + 1));
  }

  async #rotate(account: string, { secrets, accounts, clock }: Dependencies): Promise<void> {
    const { time, vault } = this.#world;
    const ref = { vaultUrl: vault.url, name: `${account}-key` };
    const reading = await repeated(time, () => secrets.readNewest(ref));
    const tags = reading.state === 'present' ? reading.newest.tags : {};
    const current = parseSlot(tags['CredentialId']);
    const id = tags['ProviderAddress']?.toLowerCase();
    const validityMs = Number(tags['ValidityPeriodDays']) * DAY;
    if (!current || !id || !(validityMs > 0)) throw new Failure('invalid', 'the tags are gone');
    const alternate = otherSlot(current);
    const keys = await changed(time, () => accounts.regenerateKey(id, alternate, WITHOUT_DEADLINE));
    const expiresAt = clock.now() + validityMs;
    const version = {
      value: keys[alternate],
      tags: { ...tags, CredentialId: alternate },
      expiresAt,
    };
    await changed(time, () => secrets.publish(ref, version, WITHOUT_DEADLINE));
    this.rotations += 1;
  }
}
