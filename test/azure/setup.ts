import { afterEach, beforeEach, vi } from 'vitest';
import { endAll } from './fixtures.ts';

// The simulated Azure makes a certificate at every start, and a process reads NODE_EXTRA_CA_CERTS
// only once, at its own.
beforeEach(() => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await endAll();
});
