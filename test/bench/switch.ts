import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedIdentityCredential } from '@azure/identity';
import { requestFor, type SendRequest } from '../../local/apps/requests.ts';
import type { SimulatedAzure } from '../../local/azure/index.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { type RotatingKey, rotatingKey, webhookHandler } from '../../shared/client/index.ts';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import { untilRotated } from './rotation.ts';
import { startWire } from './wire.ts';

/** How apps come to a new key; times in ms since the topic took the announcement. */
export interface Switch {
  readonly apps: number;
  /** The median app has the new key. */
  readonly halfMs: number;
  readonly allMs: number;
  readonly requests: number;
  readonly requestsFailed: number;
  /** Requests that left with the stale key after the announcement, which is valid for the overlap. */
  readonly requestsOnStaleKey: number;
}

const NAME = 'contoso-language';
const secretName = secretNameOf(NAME);
const PACE = { TWINKEY_DEFAULT_PERIOD: 'PT40S', TWINKEY_DEFAULT_OVERLAP: 'PT30S' };
/** Each app calls this often, beginning at a moment of its own. */
const CALL_INTERVAL_MS = 5_000;
/** How often each app is asked whether it has the new key. */
const SAMPLE_MS = 50;

/** One request of an app, as it was sent. */
interface Sent {
  readonly at: number;
  readonly fingerprint: string | undefined;
  readonly failed: boolean;
}

/**
 * Lets many apps, each with a client, a webhook and a load of its own, live through one rotation over
 * the wire. All are in this process: what is measured holds the time that it takes for all of them.
 */
export async function measureSwitch(count: number): Promise<Switch> {
  const wire = await startWire([NAME], PACE);
  const { azure, dependencies } = wire;
  const [account] = azure.model.accounts.all();
  if (!account) throw new Error('expected the account that was asked for');
  const accountId = account.id.toLowerCase();
  const ending = new AbortController();
  let crowd: Crowd | undefined;
  try {
    await untilRotated(dependencies, accountId);
    crowd = await gather(azure, count);
    const { keys } = crowd;
    const sent: Sent[] = [];
    const calling = keys.map((key, index) => {
      const request = requestFor({ ...account, kind: 'AIServices', secretName }, key);
      const offsetMs = (index / count) * CALL_INTERVAL_MS;
      return callUntil(ending.signal, key, request, sent, offsetMs);
    });
    const staleFingerprint = keys[0]?.fingerprint;
    const switching = keys.map((key) => switchedAt(key, staleFingerprint, ending.signal));
    const announced = azure.model.topic.accepted.length;
    await untilRotated(dependencies, accountId);
    // Every app calls once more after the end of the stale key.
    await sleep(2 * CALL_INTERVAL_MS);
    ending.abort();
    await Promise.all(calling);
    const { at: announcedAt = Number.NaN } =
      azure.model.topic.accepted
        .slice(announced)
        .find(({ event }) => event.type === EVENT_TYPES.keyActivated) ?? {};
    const delays = (await Promise.all(switching))
      .map((at) => at - announcedAt)
      .toSorted((left, right) => left - right);
    const late = sent.filter(
      ({ at, fingerprint }) => at > announcedAt && fingerprint === staleFingerprint,
    );
    return {
      apps: count,
      halfMs: delays[Math.floor(count / 2)] ?? Number.NaN,
      allMs: delays.at(-1) ?? Number.NaN,
      requests: sent.length,
      requestsFailed: sent.filter(({ failed }) => failed).length,
      requestsOnStaleKey: late.length,
    };
  } finally {
    ending.abort();
    crowd?.disperse();
    await wire.stop();
  }
}

/** Apps with a key loaded and an event subscription of their own. */
interface Crowd {
  readonly keys: readonly RotatingKey[];
  disperse(): void;
}

async function gather(azure: SimulatedAzure, count: number): Promise<Crowd> {
  const credential = new ManagedIdentityCredential();
  const vaultUrl = azure.vaultUrls['main'] ?? '';
  const secretClientOptions = { disableChallengeResourceVerification: true };
  const keys = Array.from({ length: count }, () =>
    rotatingKey({ vaultUrl, secretName, credential, secretClientOptions }),
  );
  const handlers = keys.map((key) => webhookHandler([key]));
  const server: Server = createServer((request, response) => {
    handlers[Number(request.url?.slice(1))]?.(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  for (const [index, key] of keys.entries()) {
    await key.ready();
    const endpoint = `http://127.0.0.1:${port}/${index}`;
    if (!(await azure.subscribe({ name: `app-${index}`, endpoint }))) {
      throw new Error(`app ${index} did not agree to take events`);
    }
  }
  return {
    keys,
    disperse: () => {
      for (const key of keys) key.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function callUntil(
  ending: AbortSignal,
  key: RotatingKey,
  request: SendRequest,
  sent: Sent[],
  offsetMs: number,
): Promise<void> {
  await sleep(offsetMs);
  while (!ending.aborted) {
    const [at, { fingerprint }] = [Date.now(), key];
    const failed = await request().then(
      () => false,
      () => true,
    );
    sent.push({ at, fingerprint, failed });
    await sleep(CALL_INTERVAL_MS);
  }
}

/** When an app is first seen with another key, epoch ms; Infinity when it never was. */
async function switchedAt(
  key: RotatingKey,
  stale: string | undefined,
  ending: AbortSignal,
): Promise<number> {
  while (key.fingerprint === stale) {
    if (ending.aborted) return Number.POSITIVE_INFINITY;
    await sleep(SAMPLE_MS);
  }
  return Date.now();
}
