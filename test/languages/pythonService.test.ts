import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { givenEnvironment } from '../e2e/environment.ts';
import { startApp } from './appProcess.ts';
import { pythonApp } from './pythonApp.ts';
import { EVENTS_CODE, SUBSCRIBER } from './scene.ts';

it('the Python app carries the whole service through a rotation that waits for its word', async () => {
  const port = await freePort();
  const tags = {
    'key-rotation': 'enabled',
    'key-rotation-period': 'PT9S',
    'key-rotation-overlap': 'PT7S',
    'key-rotation-subscribers': SUBSCRIBER,
    'key-rotation-ack': 'required',
  };
  const environment = await givenEnvironment({
    accounts: [{ name: 'lang', kind: 'TextAnalytics', tags }],
    port,
  });
  const { azure, clientSettings, functionKey, vaultUrl } = environment;
  await environment.untilEvents(EVENT_TYPES.keyActivated, 'lang');
  const app = await startApp(pythonApp, {
    ...clientSettings,
    REQUESTS_CA_BUNDLE: azure.caFile,
    KEY_VAULT_URL: vaultUrl,
    KEY_VAULT_VERIFY: 'false',
    KEY_SECRET_NAME: 'lang-key',
    KEY_POLL_SECONDS: '3600',
    AI_ENDPOINT: environment.account('lang').endpoint,
    TWINKEY_API_URL: `http://127.0.0.1:${port}/api`,
    TWINKEY_FUNCTION_KEY: functionKey,
    TWINKEY_SUBSCRIBER: SUBSCRIBER,
    EVENTS_CODE,
    PORT: '0',
  });
  onTestFinished(() => app.stop());
  await azure.subscribe({ name: 'app', endpoint: `${app.url}/events?code=${EVENTS_CODE}` });
  let rotating = true;
  const rotated = environment.untilRotated('lang').finally(() => {
    rotating = false;
  });
  const statuses = new Map<number, number>();
  while (rotating) {
    const response = await fetch(`${app.url}/detect`);
    await response.body?.cancel();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    await sleep(20);
  }
  await rotated;
  expect([...statuses.keys()], app.output()).toEqual([200]);
  // The stale one of the adoption, then a whole rotation: each end waited for an acknowledgement.
  expect(environment.account('lang').keys.regenerations.length).toBeGreaterThanOrEqual(3);
  expect(app.output().match(/is acknowledged/g)?.length).toBeGreaterThanOrEqual(2);
  expect(app.output()).not.toContain('not acknowledged');
});

/** The service has to know its own address before it starts. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
