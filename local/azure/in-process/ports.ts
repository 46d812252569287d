import type { Quotas } from '../../../shared/azure/quotas.ts';
import type { Accounts, Clock, Events, Prober, Secrets } from '../../../shared/service/ports.ts';
import type { AzureModel } from '../model/azure-model.ts';
import type { Conductor } from '../model/conduct.ts';
import { InProcessAccounts, type InProcessAccountsOptions } from './accounts.ts';
import { Caller } from './caller.ts';
import { inProcessEvents } from './events.ts';
import { inProcessProber } from './prober.ts';
import { InProcessSecrets } from './secrets.ts';

export interface InProcessOptions extends InProcessAccountsOptions {
  readonly callTimeoutMs: number;
  /** What happens to the calls of this caller; default: what happens to all. */
  readonly conductor?: Conductor;
  /** The caller's own clock, on which deadlines are; default: the model's. */
  readonly clock?: Clock;
  /** What the caller knows of Azure's limits; default: its calls leave as they come. */
  readonly quotas?: Quotas;
}

/** The ports that lead to Azure. Storage is not part of this Azure: it is Azurite, or a fake. */
export interface AzurePorts {
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly secrets: Secrets;
  readonly events: Events;
  readonly prober: Prober;
}

/**
 * The service's ports directly on the model: no protocol, no sockets, and on the model's time. With
 * a `ManualTime` a year of rotations takes seconds.
 */
export function inProcessPorts(model: AzureModel, options: InProcessOptions): AzurePorts {
  const { conductor = model.conductor, clock = model.time, callTimeoutMs, quotas } = options;
  const caller = new Caller(model, { conductor, clock, timeoutMs: callTimeoutMs, quotas });
  return {
    clock,
    accounts: new InProcessAccounts(caller, options),
    secrets: new InProcessSecrets(caller),
    events: inProcessEvents(caller),
    prober: inProcessProber(caller),
  };
}
