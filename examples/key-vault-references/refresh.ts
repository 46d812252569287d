import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import * as z from 'zod';

const API_VERSION = '2022-03-01';

/** A site's references after they were fetched again. */
export interface Refreshed {
  readonly count: number;
  /** Names of the settings whose reference could not be resolved. */
  readonly unresolved: readonly string[];
}

/** Has a site fetch its Key Vault references again. Rejects when Resource Manager did not take it. */
export type Refresh = (siteId: string, signal: AbortSignal) => Promise<Refreshed>;

export interface RefresherOptions {
  readonly credential: TokenCredential;
  /** Azure Resource Manager's, and what its tokens are for. */
  readonly endpoint: string;
  readonly scope: string;
}

const answer = z.object({
  value: z.array(z.object({ name: z.string(), properties: z.object({ status: z.string() }) })),
});

/** Refreshes with Azure's own pipeline: it gets the token, and tries again what may pass. */
export function refresher({ credential, endpoint, scope }: RefresherOptions): Refresh {
  const httpClient = createDefaultHttpClient();
  const pipeline = createPipelineFromOptions({ retryOptions: { maxRetries: 2 } });
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: scope }));
  return async (siteId, abortSignal) => {
    const path = `${siteId}/config/configreferences/appsettings/refresh`;
    const url = `${endpoint}${path}?api-version=${API_VERSION}`;
    const request = createPipelineRequest({ url, method: 'POST', abortSignal });
    const { status, bodyAsText } = await pipeline.sendRequest(httpClient, request);
    if (status < 200 || status > 299) throw new Error(`${siteId}: the refresh answered ${status}`);
    return refreshedOf(bodyAsText);
  };
}

/** The answer serves the log alone: whatever its form, the refresh was taken. */
function refreshedOf(body: string | null | undefined): Refreshed {
  const { data } = answer.safeParse(body && parse(body));
  const references = data?.value ?? [];
  const unresolved = references.filter(({ properties }) => properties.status !== 'Resolved');
  return { count: references.length, unresolved: unresolved.map(({ name }) => name) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
