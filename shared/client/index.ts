/**
 * For apps whose keys Twinkey rotates: a key that follows its secret, ways to send requests with it,
 * and handlers for the service's events. It depends on `@azure/keyvault-secrets` and the types of
 * `@azure/core-auth`, nothing else.
 */
export type { AcknowledgementOptions } from './acknowledger.ts';
export { COGNITIVE_SERVICES_SCOPE, type KeylessOptions } from './entraTokens.ts';
export type { EventOutcome } from './eventFollower.ts';
export { KEY_HEADER, withFreshKey } from './freshKeyFetch.ts';
export { type FreshKeyPolicy, freshKeyPolicy } from './freshKeyPolicy.ts';
export {
  eventGridHandler,
  type FunctionsRequest,
  httpTriggerHandler,
} from './functionsWebhook.ts';
export { TokenError, type TokenErrorReason } from './issueToken.ts';
export { webhookHandler } from './nodeWebhook.ts';
export type { Notice } from './notices.ts';
export { type RotatingKey, type RotatingKeyOptions, rotatingKey } from './rotatingKey.ts';
export { tokenCredential } from './tokenCredential.ts';
export type { EventKeys, WebhookAnswer, WebhookOptions } from './webhook.ts';
