import { CognitiveServicesManagementClient } from '@azure/arm-cognitiveservices';
import type { TokenCredential } from '@azure/core-auth';
import { EventGridPublisherClient } from '@azure/eventgrid';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterEach } from 'vitest';
import {
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from '../../../local/azure/index.ts';

export const group = 'demo';

/** No retries: a test sees every answer, and nothing waits. */
const retryOptions = { maxRetries: 0 };

let closeAll: (() => Promise<void>)[] = [];

afterEach(async () => {
  const closing = closeAll;
  closeAll = [];
  await Promise.all(closing.map((close) => close()));
});

/** Runs after the test, whatever became of it. */
export function onEnd(close: () => Promise<void>): void {
  closeAll.push(close);
}

export async function givenAzure(options: SimulatedAzureOptions = {}) {
  const azure = await startSimulatedAzure({ accounts: [{ name: 'lang' }], ...options });
  onEnd(() => azure.close());
  return { azure, ...sdkClients(azure) };
}

/** Issues real tokens of the simulated Azure without asking its identity endpoint. */
export function credentialOf(azure: SimulatedAzure): TokenCredential {
  return {
    getToken: async (scopes) => {
      const scope = Array.isArray(scopes) ? scopes[0] : scopes;
      const issued = azure.model.tokens.issue(String(scope).replace(/\/\.default$/, ''));
      return { token: issued.token, expiresOnTimestamp: issued.expiresOn * 1000 };
    },
  };
}

function sdkClients(azure: SimulatedAzure) {
  const credential = credentialOf(azure);
  const tlsOptions = { ca: azure.caPem };
  const arm = new CognitiveServicesManagementClient(credential, azure.model.subscription, {
    endpoint: azure.armEndpoint,
    credentialScopes: 'https://management.azure.com/.default',
    retryOptions,
    tlsOptions,
  });
  const secrets = new SecretClient(String(azure.vaultUrls['main']), credential, {
    disableChallengeResourceVerification: true,
    retryOptions,
    tlsOptions,
  });
  const publisher = new EventGridPublisherClient(azure.topicEndpoint, 'CloudEvent', credential, {
    retryOptions,
    tlsOptions,
  });
  return { arm, secrets, publisher };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The id that an account of this name gets by default. */
export function idOf(azure: SimulatedAzure, name: string): string {
  return `/subscriptions/${azure.model.subscription}/resourceGroups/${group}/providers/Microsoft.CognitiveServices/accounts/${name}`;
}
