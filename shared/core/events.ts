/**
 * What apps need to know of the events: their types, and the forms that go with them. Nothing here
 * imports anything at run time, so that an app which follows events loads no schemas.
 */
export type { EventDataOf, RotationEvent, RotationEventData } from './events/schemas.ts';

/** What apps and operators are told, as CloudEvents 1.0 types. */
export const EVENT_TYPES = {
  /** A new key is in Key Vault and verified: reload now, then acknowledge. */
  keyActivated: 'Twinkey.KeyActivated.v1',
  /** Ahead of the stale key's end, repeatedly: reload if you have not. */
  keyRetiring: 'Twinkey.KeyRetiring.v1',
  /** The stale key is regenerated. */
  keyRetired: 'Twinkey.KeyRetired.v1',
  /** Something holds a rotation up: a hold, a window, a missing acknowledgement. */
  rotationDelayed: 'Twinkey.RotationDelayed.v1',
  /** Gave up for now, or needs a person; says what happens next. */
  rotationFailed: 'Twinkey.RotationFailed.v1',
} as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/**
 * The CloudEvents attribute `dataschema`: the `$id` of the JSON Schema of the `data` of a type. A URN,
 * because CloudEvents wants an absolute URI that changes only with the form, and no address outlives
 * deployments and repositories.
 */
export function dataSchemaOf<T extends EventType>(type: T): `urn:twinkey:event-data:${T}` {
  return `urn:twinkey:event-data:${type}`;
}
