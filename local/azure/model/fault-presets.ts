import type { Service } from './call.ts';
import type { FaultRule } from './faults.ts';

/** Every call to a service is refused until the rule is lifted. */
export function outage(service: Service): FaultRule {
  return { service, fault: { kind: 'drop' } };
}

/**
 * A bad day: throttling, errors, dropped connections, lost responses and slow answers from every
 * service that a rotation depends on. The data plane is only slow: an app that reloads its key in
 * time must not see one failed request on such a day either.
 */
const rough: readonly FaultRule[] = [
  {
    service: 'arm',
    probability: 0.08,
    fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
  },
  { service: 'arm', probability: 0.05, fault: { kind: 'status', status: 503 } },
  { service: 'arm', probability: 0.05, fault: { kind: 'drop' } },
  { service: 'arm', operation: 'regenerateKey', probability: 0.2, fault: { kind: 'loseResponse' } },
  { service: 'arm', probability: 0.2, fault: { kind: 'latency', ms: 300 } },
  {
    service: 'vault',
    probability: 0.05,
    fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
  },
  { service: 'vault', probability: 0.05, fault: { kind: 'drop' } },
  { service: 'vault', operation: 'setSecret', probability: 0.2, fault: { kind: 'loseResponse' } },
  { service: 'eventgrid', probability: 0.1, fault: { kind: 'status', status: 503 } },
  { service: 'eventgrid', probability: 0.1, fault: { kind: 'loseResponse' } },
  { service: 'data', probability: 0.1, fault: { kind: 'latency', ms: 50 } },
];

export const faultPresets = { rough };
