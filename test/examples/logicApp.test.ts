import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';

/** Of the workflow definition language, 2016-06-01, what the example uses. Anything else is refused. */
const connection = z.strictObject({ connection: z.strictObject({ name: z.string() }) });
const apiCall = z.strictObject({
  host: connection,
  method: z.enum(['get', 'delete']),
  path: z.string().startsWith('/v2/storageAccounts/'),
  queries: z.record(z.string(), z.string()).optional(),
});
const duration = z.iso.duration();
const httpCall = z.strictObject({
  method: z.literal('POST'),
  uri: z.string(),
  authentication: z.strictObject({
    type: z.literal('ManagedServiceIdentity'),
    audience: z.literal('https://management.azure.com/'),
  }),
  retryPolicy: z.strictObject({
    type: z.literal('exponential'),
    count: z.int().min(1).max(90),
    interval: duration,
    minimumInterval: duration,
    maximumInterval: duration,
  }),
});
const after = {
  description: z.string().optional(),
  runAfter: z.record(z.string(), z.array(z.literal('Succeeded'))),
};
const call = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ApiConnection'), ...after, inputs: apiCall }),
  z.strictObject({ type: z.literal('Http'), ...after, inputs: httpCall }),
]);
const loop = z.strictObject({
  type: z.literal('Foreach'),
  ...after,
  foreach: z.string(),
  actions: z.record(z.string(), call),
});
const action = z.union([call, loop]);
const trigger = z.strictObject({
  type: z.literal('ApiConnection'),
  recurrence: z.strictObject({ frequency: z.literal('Minute'), interval: z.int().positive() }),
  splitOn: z.string(),
  inputs: apiCall,
});
const workflow = z.strictObject({
  definition: z.strictObject({
    $schema: z.literal(
      'https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/workflowdefinition.json#',
    ),
    contentVersion: z.literal('1.0.0.0'),
    parameters: z.record(
      z.string(),
      z.strictObject({
        type: z.enum(['Array', 'Object', 'String']),
        defaultValue: z.unknown().optional(),
      }),
    ),
    triggers: z.record(z.string(), trigger),
    actions: z.record(z.string(), action),
    outputs: z.strictObject({}),
  }),
  parameters: z.record(z.string(), z.strictObject({ value: z.unknown() })),
});

const read = (name: string) =>
  readFileSync(new URL(`../../examples/key-vault-references/${name}`, import.meta.url), 'utf8');
const text = read('logic-app.json');
const { definition, parameters } = workflow.parse(JSON.parse(text));

it('what the workflow names is there', () => {
  const mentioned = (pattern: RegExp) => [
    ...new Set([...text.matchAll(pattern)].map(([, name]) => name)),
  ];
  const declared = Object.keys(definition.parameters);
  const given = Object.keys(parameters);
  expect(mentioned(/\bparameters\('([^']+)'\)/g)).toEqual(expect.arrayContaining(declared));
  expect(declared).toEqual(expect.arrayContaining(mentioned(/\bparameters\('([^']+)'\)/g)));
  expect(declared).toEqual(expect.arrayContaining(given));
  const needed = Object.entries(definition.parameters).filter(
    ([, { defaultValue }]) => defaultValue === undefined,
  );
  expect(given).toEqual(expect.arrayContaining(needed.map(([name]) => name)));
  expect(mentioned(/\['(\w+)'\]\['connectionId'\]/g)).toEqual(
    Object.keys(parameters['$connections']?.value ?? {}),
  );
  expect(mentioned(/\bitems\('([^']+)'\)/g)).toEqual(['For_each_site']);
  const names = Object.keys(definition.actions);
  expect(names).toEqual(
    expect.arrayContaining(
      Object.values(definition.actions).flatMap(({ runAfter }) => Object.keys(runAfter)),
    ),
  );
});

it('nothing of the event is read: what the trigger brings serves to take the message off the queue', () => {
  const read = [...text.matchAll(/triggerBody\(\)\?\['(\w+)'\]/g)].map(([, name]) => name);
  expect(read).toEqual(['QueueMessagesList', 'MessageId', 'PopReceipt']);
});

it('calls the same refresh as the function', () => {
  const version = /API_VERSION = '(.+)'/.exec(read('refresh.ts'))?.[1];
  const path = /\$\{siteId\}(\/config.+)`/.exec(read('refresh.ts'))?.[1];
  expect(text).toContain(`@{items('For_each_site')}${path}?api-version=${version}"`);
});
