import { credentialOf } from '../credentials.ts';
import { readSettings } from '../settings.ts';
import type { Ingestion } from './applicationInsights.ts';

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
