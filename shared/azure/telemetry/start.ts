import { useInstrumenter } from '@azure/core-tracing';
import { credentialOf } from '../credentials.ts';
import { readSettings } from '../settings.ts';
import type { Ingestion } from './applicationInsights.ts';
import { instrumenterOf } from './instrumenter.ts';
import { Recorder, type Sink } from './recorder.ts';

let recorder: Recorder | undefined;

/**
 * The process's recorder, made at the first call; undefined where no telemetry is wanted, that is where
 * `APPLICATIONINSIGHTS_CONNECTION_STRING` is not set. From then on the Azure SDKs report to it.
 */
export function startRecorder(
  env: NodeJS.ProcessEnv,
  warn: (message: string) => void,
): Recorder | undefined {
  const connectionString = env['APPLICATIONINSIGHTS_CONNECTION_STRING'];
  if (recorder || !connectionString) return recorder;
  recorder = new Recorder(() => loadSink(connectionString, env), warn);
  useInstrumenter(instrumenterOf(recorder));
  return recorder;
}

/** The process's recorder, where one was started. */
export function currentRecorder(): Recorder | undefined {
  return recorder;
}

async function loadSink(connectionString: string, env: NodeJS.ProcessEnv): Promise<Sink> {
  const ingestion = readIngestion(connectionString, env);
  const { applicationInsights } = await import('./applicationInsights.ts');
  return applicationInsights(ingestion);
}

/** Where telemetry goes and as whom, by the application settings. Throws `SettingsInvalid`. */
export function readIngestion(connectionString: string, env: NodeJS.ProcessEnv): Ingestion {
  const settings = readSettings(env);
  const identity = readAuthentication(env['APPLICATIONINSIGHTS_AUTHENTICATION_STRING'] ?? '');
  return {
    // The SDK asks for the public cloud's tokens unless it is told otherwise here.
    connectionString: /(^|;)\s*AADAudience=/i.test(connectionString)
      ? connectionString
      : `${connectionString};AADAudience=${settings.cloud.telemetryScope}`,
    credential: identity && credentialOf(settings, identity),
    role: settings.deployment,
  };
}

/**
 * Reads what the Functions host reads too, e.g. `ClientId={guid};Authorization=AAD`: the identity that
 * telemetry is sent as. Undefined: none is asked for.
 */
function readAuthentication(text: string): { clientId: string | undefined } | undefined {
  const parts = new Map(
    text.split(';').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim().toLowerCase(), value.trim()];
    }),
  );
  if (parts.get('authorization')?.toUpperCase() !== 'AAD') return undefined;
  return { clientId: parts.get('clientid') || undefined };
}
