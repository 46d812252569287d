import { readFileSync } from 'node:fs';
import schema from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../shared/core/events.ts';

const FILE = new URL('../../docs/asyncapi.json', import.meta.url);

interface Message {
  readonly name: string;
  readonly payload: { readonly $ref: string };
  readonly examples: readonly { readonly payload: object }[];
}

interface Document {
  readonly info: object;
  readonly channels: { readonly events: { readonly messages: object } };
  readonly operations: object;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const document: Document = JSON.parse(readFileSync(FILE, 'utf8'));

describe('the AsyncAPI document', () => {
  // The schema brings its own copy of the meta-schema along.
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  addFormats.default(ajv);
  const isAsyncApi = ajv.compile(schema);

  it('is valid AsyncAPI 3', () => {
    expect(isAsyncApi(document), ajv.errorsText(isAsyncApi.errors)).toBe(true);
    expect(isAsyncApi({ ...document, info: { title: 'no version' } })).toBe(false);
  });

  it('refers to nothing that is not in it', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(15);
    for (const [, reference = ''] of references) {
      expect(reference).toMatch(/^#\//);
      const path = reference.slice(2).split('/');
      const found = path.reduce<unknown>((node, key) => Reflect.get(Object(node), key), document);
      expect(found, reference).toBeTypeOf('object');
    }
  });

  it('has an operation, a message and a schema for each type of event', () => {
    const { channels, operations, components } = document;
    const names = Object.values(components.messages).map(({ name }) => name);
    expect(names).toEqual(Object.values(EVENT_TYPES));
    const keys = Object.keys(components.messages);
    expect(Object.keys(channels.events.messages)).toEqual(keys);
    expect(Object.keys(operations)).toEqual(keys);
  });

  it.each(Object.entries(document.components.messages))(
    'says of %s what its examples are',
    (_, { payload, examples }) => {
      const payloads = new Ajv2020({ strict: false, validateSchema: false });
      addFormats.default(payloads);
      payloads.addSchema(document, 'asyncapi');
      const validate = payloads.getSchema(`asyncapi${payload.$ref}`);
      expect(examples.length).toBeGreaterThan(0);
      for (const example of examples) {
        expect(validate?.(example.payload)).toBe(true);
        expect(validate?.({ ...example.payload, data: {} })).toBe(false);
      }
    },
  );
});
