import { Accounts } from './accounts.ts';
import { CallLog } from './call-log.ts';
import { Conductor } from './conduct.ts';
import { DataPlane } from './data-plane.ts';
import { Faults } from './faults.ts';
import { Ingestion } from './ingestion.ts';
import { Random } from './random.ts';
import { azureThrottles, type ThrottleLimits, Throttles } from './throttles.ts';
import type { TimeSource } from './time.ts';
import { Tokens } from './tokens.ts';
import { Topic } from './topic.ts';
import { Vault } from './vault.ts';

/** What both fronts let their users choose. */
export interface ModelSettings {
  /** The same seed gives the same keys, ids and faults. */
  readonly seed?: number;
  /** Used for accounts that name none. */
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly tenant?: string;
  /** How long the data plane refuses a new key. Default: not at all. */
  readonly keyPropagationMs?: number;
  /** Default: Azure's published figures. `{}` switches throttling off. */
  readonly throttles?: ThrottleLimits;
}

/** The whole simulated Azure, without any I/O. The fronts put protocols or ports on top. */
export class AzureModel {
  readonly time: TimeSource;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly accounts: Accounts;
  readonly vaults = new Map<string, Vault>();
  readonly topic: Topic;
  readonly tokens: Tokens;
  readonly ingestion: Ingestion;
  readonly dataPlane: DataPlane;
  readonly faults: Faults;
  readonly log = new CallLog();
  readonly conductor: Conductor;
  readonly #random: Random;

  constructor(
    time: TimeSource,
    endpointOf: (host: string) => string,
    settings: ModelSettings = {},
  ) {
    this.time = time;
    const seed = settings.seed ?? 1;
    const random = new Random(seed);
    this.#random = random;
    this.subscription = settings.subscription ?? '00000000-0000-0000-0000-000000000001';
    this.resourceGroup = settings.resourceGroup ?? 'demo';
    this.accounts = new Accounts({
      clock: time,
      random,
      subscription: this.subscription,
      resourceGroup: this.resourceGroup,
      keyPropagationMs: settings.keyPropagationMs ?? 0,
      endpointOf,
    });
    this.topic = new Topic(time);
    const tenant = settings.tenant ?? '00000000-0000-0000-0000-00000000000a';
    this.tokens = new Tokens(time, random, tenant);
    this.ingestion = new Ingestion('00000000-0000-0000-0000-00000000000b');
    this.dataPlane = new DataPlane(this.accounts, this.tokens);
    // Faults draw from a sequence of their own: switching them on must not change the keys.
    this.faults = new Faults(new Random(seed + 1));
    const throttles = new Throttles(time, settings.throttles ?? azureThrottles);
    this.conductor = new Conductor({ time, faults: this.faults, throttles, log: this.log });
  }

  addVault(name: string, url: string): Vault {
    const vault = new Vault(name, url, this.time, this.#random);
    this.vaults.set(name, vault);
    return vault;
  }
}
