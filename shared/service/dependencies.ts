import type { EventContext } from '../core/events/build.ts';
import type { FleetLimits } from '../core/fleet/limits.ts';
import type { PolicyTag } from '../core/policy.ts';
import type { Timing } from '../core/timing.ts';
import type { Accounts, Clock, Events, Ids, Prober, Secrets, Telemetry } from './ports.ts';
import type { LaterPasses, Quota } from './queuePorts.ts';
import type { Records } from './recordPorts.ts';
import type { Statuses } from './statusPorts.ts';

/** What holds for the whole deployment. */
export interface Deployment extends EventContext {
  readonly timing: Timing;
  readonly fleet: FleetLimits;
  readonly policyDefaults: Readonly<Record<PolicyTag, string>>;
  readonly vaultUrl: string;
  readonly allowedVaultUrls: readonly string[];
  /** Whether operators may end key authentication; the identity needs a permission for it. */
  readonly allowKeyless: boolean;
  /** Client id of the user-assigned identity that the deployment acts as; undefined: not known. */
  readonly clientId?: string | undefined;
}

/** Everything a pass works with. */
export interface Dependencies {
  readonly deployment: Deployment;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly events: Events;
  readonly prober: Prober;
  readonly records: Records;
  readonly statuses: Statuses;
  readonly telemetry: Telemetry;
  /** Undefined: passes begin as they come. */
  readonly quota?: Quota;
  /** Undefined: passes that come too early are looked for at the next tick. */
  readonly later?: LaterPasses;
}
