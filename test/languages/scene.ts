import { once } from 'node:events';
import { connect } from 'node:tls';
import { type SimulatedAzure, startSimulatedAzure } from '../../local/azure/index.ts';
import type { Account } from '../../local/azure/model/account.ts';
import type { KeySlot } from '../../local/azure/model/key-ring.ts';
import type { Vault } from '../../local/azure/model/vault.ts';
import { EVENT_TYPES, type EventType } from '../../shared/core/events.ts';
import { type AppCommand, type LanguageApp, startApp } from './appProcess.ts';
import { type KeyEvent, keyEvent } from './keyEvent.ts';
import { startTwinkeyApi, type TwinkeyApi } from './twinkeyApi.ts';

export const SUBSCRIBER = 'web-shop';
export const FUNCTION_KEY = 'function-key-of-the-scene';
export const EVENTS_CODE = 'code-of-the-subscription';
const SECRET_NAME = 'lang-key';
const HOUR_SECONDS = 3_600;

/** A simulated Azure, an API that takes acknowledgements, and an app that follows one account's key. */
export interface Scene {
  readonly azure: SimulatedAzure;
  readonly account: Account;
  readonly api: TwinkeyApi;
  readonly app: LanguageApp;
  /** Makes the other slot's new key the active one: new version in the vault, no event. */
  publish(): void;
  /** Regenerates the slot that is not active, as at the end of an overlap. */
  retire(): void;
  /** Regenerates the slot that is active, as nobody should. */
  revoke(): void;
  /** Another event about the account, of another rotation, naming the active key. */
  event(data?: Readonly<Record<string, unknown>>, type?: EventType): KeyEvent;
  /** Sends events to the app as Event Grid would; the status that it answers. */
  deliver(body: unknown): Promise<number>;
  /** Has the app call the AI service; the status that it answers. */
  use(): Promise<number>;
  /** How often the secret was read, and how often the account refused a key. */
  counts(): { reads: number; refused: number };
  stop(): Promise<void>;
}

export async function startScene(
  command: AppCommand,
  settings: Readonly<Record<string, string>> = {},
): Promise<Scene> {
  const azure = await startSimulatedAzure({ accounts: [{ name: 'lang', kind: 'TextAnalytics' }] });
  const api = await startTwinkeyApi();
  const stopAround = () => Promise.all([azure.close(), api.close()]);
  const account = azure.model.accounts.all()[0] as Account;
  const vault = azure.model.vaults.get('main') as Vault;
  let active: KeySlot = 'Key1';
  let version = vault.set(SECRET_NAME, account.keys.value(active));
  const settingsOfAll = { ...(await settingsOf(azure, api, account)), ...settings };
  const app = await startApp(command, settingsOfAll).catch(async (error: Error) => {
    await stopAround();
    throw error;
  });
  let rotations = 0;
  return {
    azure,
    account,
    api,
    app,
    publish: () => {
      active = other(active);
      account.keys.regenerate(active);
      // Rotations are far apart, and a version's time is in whole seconds.
      Object.assign(version, { created: version.created - HOUR_SECONDS });
      version = vault.set(SECRET_NAME, account.keys.value(active));
    },
    retire: () => account.keys.regenerate(other(active)),
    revoke: () => account.keys.regenerate(active),
    event: (data = {}, type = EVENT_TYPES.keyActivated) => {
      rotations += 1;
      const facts = { account, active, version, vaultUri: vault.url, apiUrl: api.url };
      return keyEvent(type, `rotation-${rotations}`, facts, data);
    },
    deliver: async (body) => {
      const response = await fetch(`${app.url}/events?code=${EVENTS_CODE}`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      await response.body?.cancel();
      return response.status;
    },
    use: async () => {
      const response = await fetch(`${app.url}/detect`);
      await response.body?.cancel();
      return response.status;
    },
    counts: () => ({
      reads: azure.model.log.count({ operation: 'getSecret' }),
      refused: azure.model.dataPlane.count(account.host).refused[401] ?? 0,
    }),
    stop: async () => {
      await app.stop();
      await stopAround();
    },
  };
}

function other(slot: KeySlot): KeySlot {
  return slot === 'Key1' ? 'Key2' : 'Key1';
}

/** What every language's app is told. */
async function settingsOf(azure: SimulatedAzure, api: TwinkeyApi, account: Account) {
  return {
    IDENTITY_ENDPOINT: azure.identityEndpoint,
    IDENTITY_HEADER: azure.identityHeader,
    AZURE_CLIENT_ID: '',
    NO_PROXY: '127.0.0.1',
    // What Python's requests trusts, and what the .NET app of the tests does.
    REQUESTS_CA_BUNDLE: azure.caFile,
    SIMULATED_CERTIFICATE_SHA256: await certificateOf(azure),
    KEY_VAULT_URL: String(azure.vaultUrls['main']),
    KEY_VAULT_VERIFY: 'false',
    KEY_SECRET_NAME: SECRET_NAME,
    AI_ENDPOINT: account.endpoint,
    TWINKEY_API_URL: api.url,
    TWINKEY_FUNCTION_KEY: FUNCTION_KEY,
    TWINKEY_SUBSCRIBER: SUBSCRIBER,
    EVENTS_CODE,
    PORT: '0',
  };
}

async function certificateOf({ armEndpoint, caPem }: SimulatedAzure): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(armEndpoint).port), ca: caPem });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}
