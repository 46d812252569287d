/**
 * What the client's types must fit, as an app's compiler sees them: compiled by a test against what
 * `npm run build` emits.
 */
import { createServer } from 'node:http';
import { TextAnalyticsClient } from '@azure/ai-text-analytics';
import { isKeyCredential, type KeyCredential, type TokenCredential } from '@azure/core-auth';
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { app } from '@azure/functions';
import {
  eventGridHandler,
  freshKeyPolicy,
  httpTriggerHandler,
  type RotatingKey,
  tokenCredential,
  webhookHandler,
  withFreshKey,
} from '../../../shared/client/index.ts';

type Is<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export function useAsAppsDo(key: RotatingKey, endpoint: string): void {
  const keyCredential: KeyCredential = key;
  const credential: TokenCredential = tokenCredential(key, endpoint);
  const policy: PipelinePolicy = freshKeyPolicy(key);
  const fetchWithKey: typeof fetch = withFreshKey(key);
  const additionalPolicies = [{ policy, position: 'perRetry' as const }];
  new TextAnalyticsClient(endpoint, keyCredential, { additionalPolicies });
  new TextAnalyticsClient(endpoint, key);
  new TextAnalyticsClient(endpoint, credential);
  createServer(webhookHandler([key]));
  app.eventGrid('events', { handler: eventGridHandler([key]) });
  app.http('eventsByHttp', { handler: httpTriggerHandler([key]) });
  void fetchWithKey(endpoint);
  void isKeyCredential(key);
}

/** Types that were not found would be `any`, which fits everything. */
export const found: [
  Is<RotatingKey['key'], string>,
  Is<RotatingKey['fingerprint'], string | undefined>,
  Is<ReturnType<typeof tokenCredential>, TokenCredential>,
  Is<ReturnType<typeof withFreshKey>, typeof fetch>,
] = [true, true, true, true];

export function confuse(key: RotatingKey): void {
  // @ts-expect-error A key is no token credential: a client takes it for a key.
  const credential: TokenCredential = key;
  void credential;
}
