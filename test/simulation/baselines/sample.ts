import type { CloudEvent } from '../../../local/azure/model/cloud-event.ts';
import { DeliveryPump } from '../../../local/azure/model/delivery-pump.ts';
import { Topic } from '../../../local/azure/model/topic.ts';
import { Failure } from '../../../shared/core/failures.ts';
import { otherSlot, parseSlot } from '../../../shared/core/slots.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import { NEAR_EXPIRY_MS, watchExpiry } from '../notices.ts';
import { DAY, HOUR, SECOND } from '../units.ts';
import type { World } from '../world.ts';
import { Baseline, periodMsOf, runJob, setUpSecrets } from './baseline.ts';
import { changed, repeated, WITHOUT_DEADLINE } from './retries.ts';

const NEAR_EXPIRY = 'Microsoft.KeyVault.SecretNearExpiry';
/** Event Grid may be late by this much, and its second copy of an event too. */
const LATEST_EVENT_MS = HOUR;

/**
 * The algorithm of Microsoft's rotation sample for resources with two keys, from its description: upon
 * `SecretNearExpiry` a function reads the secret's tag `CredentialId`, regenerates the other key, and sets
 * it as a new version with the same tags and a new expiry. Event Grid delivers at least once, waits 30
 * seconds for an answer, and delivers again for a day when there is none or the function fails; the SDKs
 * repeat what fails. The validity is chosen so that an account is rotated once in its period.
 */
export class Sample extends Baseline {
  readonly #topic: Topic;

  constructor(world: World) {
    super(world);
    this.#topic = new Topic(world.time);
    this.#topic.subscribe({
      name: 'rotation',
      endpoint: 'the function',
      eventTypes: [NEAR_EXPIRY],
    });
    new DeliveryPump(this.#topic, world.time, ({ event }) => this.#answer(event));
  }

  start(): void {
    const world = this.world;
    watchExpiry(world, ({ name, version }) => this.#tell(name, version));
    setUpSecrets(world, (account) => {
      const validityMs = periodMsOf(world, account) + NEAR_EXPIRY_MS;
      return {
        tags: {
          CredentialId: 'Key1',
          ProviderAddress: world.account(account).id,
          ValidityPeriodDays: String(validityMs / DAY),
        },
        expires: (world.time.now() + validityMs) / SECOND,
      };
    });
  }

  /** As people do with the sample: they call its other function, which does the same over HTTP. */
  protected rotate(account: string): void {
    void runJob(this.world, (dependencies) => this.#rotate(account, dependencies));
  }

  /** Event Grid loses nothing that it was given: what gets lost on its way to others is late here. */
  #tell(secret: string, version: string): void {
    const { draws } = this.world;
    const event: CloudEvent = {
      specversion: '1.0',
      id: `near expiry of ${secret} ${version}`,
      source: 'the vault',
      type: NEAR_EXPIRY,
      subject: secret,
    };
    const passage = draws.ofPassage(`near expiry of ${secret}`, LATEST_EVENT_MS);
    const lateMs = typeof passage === 'object' ? passage.lateMs : 0;
    this.#accept(event, passage === 'lost' ? LATEST_EVENT_MS : lateMs);
    if (passage === 'twice') {
      this.#accept(event, Math.ceil(draws.share(`copy of ${event.id}`) * LATEST_EVENT_MS));
    }
  }

  #accept(event: CloudEvent, lateMs: number): void {
    this.world.later(lateMs, () => this.#topic.accept([event]));
  }

  async #answer({ subject = '' }: CloudEvent): Promise<number> {
    const account = subject.replace(/-key$/, '');
    const succeeded = await runJob(this.world, (dependencies) =>
      this.#rotate(account, dependencies),
    );
    return succeeded ? 200 : 500;
  }

  async #rotate(account: string, { secrets, accounts, clock }: Dependencies): Promise<void> {
    const { time } = this.world;
    const ref = { vaultUrl: this.world.vaultOf(account).url, name: `${account}-key` };
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
  }
}
