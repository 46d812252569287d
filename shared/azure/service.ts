import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { TokenCredential } from '@azure/core-auth';
import type { Dependencies } from '../service/dependencies.ts';
import type { Clock, Telemetry } from '../service/ports.ts';
import { ArmAccounts } from './accounts.ts';
import { credentialOf } from './credentials.ts';
import { TopicEvents } from './events.ts';
import { LaterQueue } from './laterQueue.ts';
import { DataPlaneProber } from './prober.ts';
import { Quotas } from './quotas.ts';
import { TableRecords } from './records.ts';
import { VaultSecrets } from './secrets.ts';
import { readSettings, type Settings } from './settings.ts';
import { TableStatuses } from './statuses.ts';
import { type LogFunctions, logTelemetry } from './telemetry/log.ts';
import { currentRecorder } from './telemetry/start.ts';

const clock: Clock = { now: () => Date.now() };

/**
 * Everything a pass works with but the log, which belongs to the single invocation. Opens no
 * connection: the adapters do that on their first call.
 */
export function createService(settings: Settings): Omit<Dependencies, 'telemetry'> {
  const { cloud, storage, tablePrefix, timing, verifyVaultHost } = settings;
  const { callTimeoutMs } = timing;
  const credential = credentialOf(settings);
  const tables = {
    storage,
    credential: storageCredential(settings) ?? credential,
    callTimeoutMs,
  };
  const quotas = new Quotas({ clock, sleep: setTimeout, random: Math.random });
  return {
    // Picked one by one: the settings hold a connection string, which has no business further in.
    deployment: {
      deployment: settings.deployment,
      apiUrl: settings.apiUrl,
      timing,
      fleet: settings.fleet,
      policyDefaults: settings.policyDefaults,
      vaultUrl: settings.vaultUrl,
      allowedVaultUrls: settings.allowedVaultUrls,
      allowKeyless: settings.allowKeyless,
      clientId: settings.clientId,
    },
    clock,
    ids: { next: () => randomUUID() },
    accounts: new ArmAccounts({
      accountIds: settings.accountIds,
      subscriptionIds: settings.subscriptionIds,
      armEndpoint: cloud.armEndpoint,
      armScope: cloud.armScope,
      credential,
      callTimeoutMs,
      clock,
      quotas,
    }),
    secrets: new VaultSecrets({ credential, verifyVaultHost, callTimeoutMs, clock, quotas }),
    events: new TopicEvents({
      topicEndpoint: settings.topicEndpoint,
      topicScope: cloud.topicScope,
      credential,
      callTimeoutMs,
    }),
    prober: new DataPlaneProber(callTimeoutMs),
    records: new TableRecords(tablePrefix, tables),
    statuses: new TableStatuses(tablePrefix, tables),
    quota: quotas,
    later: new LaterQueue(settings.queueName, tables),
  };
}

/** Storage may have a managed identity of its own. */
function storageCredential(settings: Settings): TokenCredential | undefined {
  const { storage, clientId: own } = settings;
  if (!('clientId' in storage)) return undefined;
  const { clientId } = storage;
  const isAnother = clientId !== undefined && clientId !== own;
  return isAnother ? credentialOf(settings, { clientId }) : undefined;
}

let started: { settings: Settings; service: Omit<Dependencies, 'telemetry'> } | undefined;

function start() {
  const settings = readSettings(process.env);
  return { settings, service: createService(settings) };
}

/**
 * What an invocation works with. Made of the application settings at the first call and shared from
 * then on, so that a start of the app costs nothing and invalid settings stop invocations, with
 * their message, instead of the whole app. Throws `SettingsInvalid`.
 */
export function dependenciesFor(log: LogFunctions): Dependencies {
  started ??= start();
  return { ...started.service, telemetry: telemetryOf(log) };
}

/** The invocation's log, and Application Insights where that is wanted. */
function telemetryOf(log: LogFunctions): Telemetry {
  const [logged, recorder] = [logTelemetry(log), currentRecorder()];
  if (!recorder) return logged;
  return {
    record: (entry) => {
      logged.record(entry);
      recorder.telemetry.record(entry);
    },
  };
}

/** Whether the platform in front of the app says who calls. Throws `SettingsInvalid`. */
export function trustsPlatform(): boolean {
  started ??= start();
  return started.settings.platformAuth;
}
