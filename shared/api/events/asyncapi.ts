import { EVENT_CATALOG, type EventEntry } from './catalog.ts';
import { type Json, jsonSchemaOf } from './jsonSchema.ts';

/** What may change, as the README says it too. */
export const VERSIONING =
  'The type ends with the version of its form. Within v1 there may be new optional fields, new types of events, and new words for `cause` and `reason`: ignore what you do not know. Whatever else could break a reader makes a v2: a field that goes, means something else, changes its form or may now be null; a change of how `source`, `subject` and `id` are made. Then v1 and v2 are both sent, each with an `id` of its own, so that you subscribe to one of them; v1 ends 180 days later at the earliest, on a day that the changelog names with the first v2.';

const DESCRIPTION = `Twinkey rotates the two keys of Azure AI services accounts and tells apps and operators by CloudEvents 1.0 on an Event Grid custom topic. No event holds a key, and none proves what is in Key Vault: it is a reason to read the secret.

**Delivery.** At least once, in any order. \`source\` and \`id\` together name an event: a copy has the same and changes nothing. A copy that the service itself sends again, after a crash or an outage, names the same keys and tells how things stand by then in \`time\`, \`severity\`, \`previous.validUntil\`, \`missingSubscribers\`, \`confirmedDead\` and \`message\`. A delay or a failure is told under one id for each reason and phase of a rotation, even where it comes back.

**Versions.** ${VERSIONING}`;

/** The AsyncAPI 3 document of what the service sends. */
export function asyncApiDocument(): Json {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Twinkey events',
      version: '1',
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      topic: {
        host: '{topic}.{region}.eventgrid.azure.net',
        pathname: '/api/events',
        protocol: 'https',
        description: 'The Event Grid custom topic that TWINKEY_TOPIC_ENDPOINT names.',
        variables: {
          topic: { description: "The topic's name." },
          region: { description: 'Its region, e.g. westeurope-1.' },
        },
      },
    },
    channels: {
      events: {
        address: null,
        title: 'Events',
        description:
          'Everything goes to the one topic. An app receives it through an Event Grid subscription of its own, in CloudEvents form, filtered by type and by subject.',
        messages: byName((name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations: byName((name, { when }) => ({
      action: 'send',
      title: name,
      summary: `${when}.`,
      channel: { $ref: '#/channels/events' },
      messages: [{ $ref: `#/channels/events/messages/${name}` }],
    })),
    components: {
      messages: byName(messageOf),
      schemas: byName((_, { schema }) => jsonSchemaOf(schema)),
    },
  };
}

function messageOf(name: string, { type, when, receiver, examples }: EventEntry): Json {
  return {
    name: type,
    title: name,
    summary: `${when}.`,
    description: `${receiver}.`,
    contentType: 'application/cloudevents+json',
    payload: { $ref: `#/components/schemas/${name}` },
    examples: examples.map((payload) => ({
      name: payload.id.split(':').slice(1).join('-'),
      payload,
    })),
  };
}

function byName(make: (name: string, entry: EventEntry) => Json): Json {
  return Object.fromEntries(EVENT_CATALOG.map((entry) => [entry.name, make(entry.name, entry)]));
}
