import * as z from 'zod';
import { dataSchemaOf, EVENT_TYPES, type EventType } from '../events.ts';
import { CAUSE_MEANINGS, DELAY_REASONS, FAILURE_REASONS } from './meanings.ts';

/**
 * The forms of all events. The types that the service builds events with are inferred from them,
 * and the published JSON Schemas and the AsyncAPI document are generated from them.
 */

/** A list of words that may get longer within v1; `meanings` end up in the published schemas. */
function openList<W extends string>(meanings: Readonly<Record<W, string>>, description: string) {
  return z.enum(Object.keys(meanings) as W[]).meta({ description, meanings });
}

const time = (description: string) => z.iso.datetime().describe(`${description} ISO 8601 in UTC.`);
const slot = (description: string) => z.enum(['Key1', 'Key2']).describe(description);
const fingerprint = (description: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .describe(`${description} The first 12 hex digits of its SHA-256, never the key.`);

const account = {
  accountId: z.string().describe("The account's ARM resource id, lower-cased."),
  accountName: z.string().describe("The account's name as ARM spells it."),
  endpoint: z.url().describe("The account's data-plane endpoint, without trailing slash."),
  rotationId: z
    .string()
    .describe(
      'The rotation that this is about. One that is kept from beginning may begin under another id.',
    ),
  cause: openList(CAUSE_MEANINGS, 'Why there is this rotation.'),
  vaultUri: z.url().describe('The Key Vault of the active key, without trailing slash.'),
  secretName: z.string().describe('The secret whose newest version is the active key.'),
  acknowledgeUrl: z
    .url()
    .nullable()
    .describe(
      'Where an app says that it uses the active key: POST `{"subscriber": "…", "fingerprint": "…"}`. Null when the deployment does not know its own address.',
    ),
};

const activeKey = {
  activeSlot: slot('The slot of the active key: the one to use.'),
  fingerprint: fingerprint('Names the active key.'),
  secretId: z.url().describe('URL of the version of the secret that holds the active key.'),
  secretVersion: z.string().describe('That version alone.'),
};

/** The same for events of accounts that may have no active key (yet, or any more). */
function perhaps(whenNull: string) {
  return {
    activeSlot: activeKey.activeSlot.nullable().describe(`The slot of the active key. ${whenNull}`),
    fingerprint: activeKey.fingerprint.nullable().describe(`Names the active key. ${whenNull}`),
    secretId: activeKey.secretId.nullable().describe(`URL of the active version. ${whenNull}`),
    secretVersion: activeKey.secretVersion.nullable().describe(`That version. ${whenNull}`),
  };
}

const otherKey = {
  slot: slot('Its slot.'),
  fingerprint: fingerprint('Names it.'),
};

const retiring = z
  .object({
    ...otherKey,
    validUntil: time(
      'The key stays valid until then at least; only an operator who declares a key leaked makes it sooner, and the next KeyRetiring says so.',
    ),
  })
  .describe('The stale key: the one to stop using. It is regenerated when the overlap is over.');

const severity = z
  .enum(['normal', 'urgent'])
  .describe(
    'Urgent: a key leaked, and an operator cut the time to reload; `previous.validUntil` says to when.',
  );

const stale = z
  .object({
    ...otherKey,
    validUntil: z.null().describe('Null: no end is promised here.'),
  })
  .nullable();

function event<T extends EventType, D extends z.ZodObject>(type: T, data: D) {
  return z.object({
    specversion: z.literal('1.0').describe('CloudEvents 1.0.'),
    id: z
      .string()
      .min(1)
      .describe(
        'The same on every copy, unique within `source`. Compare it; do not take it apart.',
      ),
    source: z
      .string()
      .min(1)
      .meta({ format: 'uri-reference' })
      .describe('`/twinkey/{deployment}/accounts/{subscription}/{resource group}/{name}`.'),
    type: z.literal(type).describe('Ends with the version of the form of `data`.'),
    subject: z.string().min(1).describe("The account's ARM resource id, lower-cased."),
    time: time('When this copy was sent.'),
    datacontenttype: z.literal('application/json').describe('What `data` is.'),
    dataschema: z
      .literal(dataSchemaOf(type))
      .describe('The `$id` of the JSON Schema of `data`. A name to compare, not an address.'),
    data,
  });
}

const message = z.string().describe('For people: what is the matter and what happens next.');

/** The schema of each event, by the names of {@link EVENT_TYPES}. */
export const EVENT_SCHEMAS = {
  keyActivated: event(
    EVENT_TYPES.keyActivated,
    z
      .object({ ...account, ...activeKey, severity, previous: retiring })
      .describe('A new key is active.'),
  ),
  keyRetiring: event(
    EVENT_TYPES.keyRetiring,
    z
      .object({
        ...account,
        ...activeKey,
        severity,
        previous: retiring,
        missingSubscribers: z
          .array(z.string().describe("A name from the account's tag `key-rotation-subscribers`."))
          .describe('Listed subscribers that have not acknowledged the active key.'),
      })
      .describe('The stale key is about to be regenerated.'),
  ),
  keyRetired: event(
    EVENT_TYPES.keyRetired,
    z
      .object({
        ...account,
        ...perhaps(
          'Null when key authentication was switched off: no key works any more, and the secret is disabled.',
        ),
        previous: stale.describe(
          'The key that is gone: the stale one or, when key authentication was switched off, the last active one. Null when there was none.',
        ),
        confirmedDead: z
          .boolean()
          .describe(
            'True: its old value was tried on the data plane and refused. False: it was replaced, but could not be tried, or was still accepted.',
          ),
      })
      .describe('The stale key was regenerated; the rotation is over.'),
  ),
  rotationDelayed: event(
    EVENT_TYPES.rotationDelayed,
    z
      .object({
        ...account,
        ...activeKey,
        previous: stale.describe(
          'The stale key: it stays valid meanwhile. Null when there is none.',
        ),
        reason: openList(DELAY_REASONS, 'What the rotation waits for.'),
        message,
      })
      .describe('Something holds a rotation up.'),
  ),
  rotationFailed: event(
    EVENT_TYPES.rotationFailed,
    z
      .object({
        ...account,
        ...perhaps('Null when nothing has been published for the account yet.'),
        previous: stale.describe('The stale key. Null when there is none.'),
        reason: openList(FAILURE_REASONS, 'What went wrong.'),
        message,
      })
      .describe('A rotation gave up for now, or needs a person.'),
  ),
} as const satisfies Record<keyof typeof EVENT_TYPES, z.ZodType>;

type EventOf<Name extends keyof typeof EVENT_TYPES> = z.infer<(typeof EVENT_SCHEMAS)[Name]>;

/** A CloudEvent as this service sends it. */
export type RotationEvent = {
  [Name in keyof typeof EVENT_TYPES]: EventOf<Name>;
}[keyof typeof EVENT_TYPES];

/** The `data` of every event; never a key. Times are ISO 8601 in UTC. */
export type RotationEventData = RotationEvent['data'];

/** The `data` of events of one type. */
export type EventDataOf<T extends EventType> = Extract<RotationEvent, { type: T }>['data'];
