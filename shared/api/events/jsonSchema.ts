import * as z from 'zod';
import { dataSchemaOf } from '../../core/events.ts';
import type { EventEntry } from './catalog.ts';

/** JSON, as documents are made of it. */
export type Json = Record<string, unknown>;

/**
 * The JSON Schema 2020-12 of one type of event, with its examples. The schema of `data` in it has an
 * `$id` of its own, which the event's `dataschema` names.
 */
export function eventJsonSchema({ type, when, receiver, schema, examples }: EventEntry): Json {
  const { properties, ...rest } = jsonSchemaOf(schema) as Json & { properties: { data: Json } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:twinkey:event:${type}`,
    title: type,
    description: `${when}. ${receiver}.`,
    ...rest,
    properties: { ...properties, data: { $id: dataSchemaOf(type), ...properties.data } },
    examples,
  };
}

/**
 * A schema as those who read events need it: fields that they do not know are no error, and neither
 * are words that a later version of v1 adds to an open list.
 */
export function jsonSchemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // The format says it; the pattern that goes with it is 300 characters long.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      const { meanings } = jsonSchema;
      if (!meanings) return;
      delete jsonSchema.type;
      delete jsonSchema.enum;
      delete jsonSchema['meanings'];
      const words = Object.entries(meanings).map(([word, description]) => ({
        const: word,
        description: String(description),
      }));
      jsonSchema.anyOf = [...words, { type: 'string', description: 'More may come within v1.' }];
    },
  });
  return rest;
}
