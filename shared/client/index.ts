/**
 * For apps whose keys Twinkey rotates: a key that reloads itself, a `fetch` that carries it, and a
 * webhook for the service's events.
 */
export type { AcknowledgementOptions } from './acknowledger.ts';
export { KEY_HEADER, withFreshKey } from './freshKeyFetch.ts';
export type { Notice } from './notices.ts';
export {
  type EventOutcome,
  RotatingKey,
  type RotatingKeyOptions,
  rotatingKey,
} from './rotatingKey.ts';
export type { SecretReader } from './secretReader.ts';
export { type WebhookOptions, webhookHandler } from './webhook.ts';
