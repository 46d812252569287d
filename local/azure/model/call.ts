import type { Throttle } from './throttles.ts';

export type Service = 'arm' | 'vault' | 'eventgrid' | 'identity' | 'data' | 'monitor';

/** One call to a simulated service, as fault rules and the call log see it: without any secret. */
export interface Call {
  readonly service: Service;
  /** E.g. `regenerateKey`, `setSecret`; each front's route table lists its own. */
  readonly operation: string;
  /** Account or secret name; empty where a call concerns none. */
  readonly target: string;
  readonly throttles?: readonly Throttle[];
}
