import { AzureError } from './azure-error.ts';

/** A CloudEvent 1.0 as it travels: the required attributes and whatever else was sent. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly [attribute: string]: unknown;
}

/** Checks a published body: a JSON array of events, all of it or none. */
export function parseCloudEvents(body: unknown): CloudEvent[] {
  if (!Array.isArray(body)) throw malformed('the body is not a JSON array');
  return body.map((candidate: unknown, index) => {
    if (!isCloudEvent(candidate)) {
      throw malformed(`event ${index} lacks one of specversion 1.0, id, source, type`);
    }
    return candidate;
  });
}

function isCloudEvent(candidate: unknown): candidate is CloudEvent {
  if (typeof candidate !== 'object' || candidate === null) return false;
  const { specversion, ...attributes } = candidate as Record<string, unknown>;
  const required = ['id', 'source', 'type'].every((name) => {
    const value = attributes[name];
    return typeof value === 'string' && value !== '';
  });
  return required && specversion === '1.0' && isTextOrAbsent(attributes['subject']);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function malformed(why: string): AzureError {
  return new AzureError(400, 'BadRequest', `This is not a batch of CloudEvents: ${why}.`);
}
