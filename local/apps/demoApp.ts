import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedIdentityCredential } from '@azure/identity';
import {
  type AcknowledgementOptions,
  type RotatingKey,
  rotatingKey,
} from '../../shared/client/index.ts';
import { generateLoad } from './load.ts';
import type {
  AppAccount,
  AppAcknowledgement,
  AppConfiguration,
  AppMessage,
  Counter,
  LauncherMessage,
} from './messages.ts';
import { requestFor } from './requests.ts';

const REPORT_INTERVAL_MS = 250;
/** Until the service has adopted an account there is no secret. */
const SECRET_WAIT_MS = 500;

/**
 * An app that calls every account without pause, each with a key that follows its secret.
 * `listen` opens the way in for events, if the app has one, and answers its address.
 */
export async function runDemoApp(
  listen: (keys: readonly RotatingKey[]) => Promise<string | null>,
): Promise<void> {
  endWithLauncher();
  const [configuration] = (await once(process, 'message')) as [AppConfiguration];
  const stopping = whenStopped();
  const credential = new ManagedIdentityCredential();
  const acknowledging = acknowledgementOptions(configuration.acknowledgement);
  const accounts = configuration.accounts.map((account) => {
    const { vaultUrl, pollIntervalMs } = configuration;
    const { secretName } = account;
    const acknowledgement = account.acknowledges ? acknowledging : {};
    // The simulated vault's name is a loopback address, not one below vault.azure.net.
    const secretClientOptions = { disableChallengeResourceVerification: true };
    const options = { vaultUrl, secretName, pollIntervalMs, credential, secretClientOptions };
    const key = rotatingKey({ ...options, ...acknowledgement });
    return { account, key, counter: newCounter() };
  });
  await send({ type: 'ready', webhookUrl: await listen(accounts.map(({ key }) => key)) });
  const report = (final: boolean): Promise<void> => {
    const counters = accounts.map(({ account, counter }) => [account.name, counter] as const);
    return send({ type: 'counters', counters: Object.fromEntries(counters), final });
  };
  const timer = setInterval(() => void report(false), REPORT_INTERVAL_MS);
  await Promise.all(
    accounts.map(({ account, key, counter }) =>
      callWithoutPause(account, key, counter, stopping, configuration.thinkTimeMs),
    ),
  );
  clearInterval(timer);
  await report(true);
}

/** The function key stays in its file until a request needs it. */
function acknowledgementOptions(how: AppAcknowledgement | undefined): {
  acknowledgement?: AcknowledgementOptions;
} {
  if (!how) return {};
  const { subscriber, apiUrl, functionKeyFile } = how;
  const headers = async () => ({ 'x-functions-key': await readFile(functionKeyFile, 'utf8') });
  return { acknowledgement: { subscriber, apiUrl, headers } };
}

async function callWithoutPause(
  account: AppAccount,
  key: RotatingKey,
  counter: Counter,
  stopping: AbortSignal,
  thinkTimeMs?: number,
): Promise<void> {
  while (!stopping.aborted && !(await isLoaded(key))) {
    await sleep(SECRET_WAIT_MS);
  }
  await generateLoad(requestFor(account, key), counter, stopping, thinkTimeMs);
  key.close();
}

function isLoaded(key: RotatingKey): Promise<boolean> {
  return key.ready().then(
    () => true,
    () => false,
  );
}

function newCounter(): Counter {
  return { served: 0, failed: 0, lastFailure: null };
}

function whenStopped(): AbortSignal {
  const controller = new AbortController();
  process.on('message', (message: LauncherMessage) => {
    if (message.type === 'stop') controller.abort();
  });
  return controller.signal;
}

/** Ctrl-C reaches every process of the terminal: the launcher decides what it means. */
function endWithLauncher(): void {
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit());
}

/** Resolves when the message is on its way, so that ending right after does not lose it. */
function send(message: AppMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}
