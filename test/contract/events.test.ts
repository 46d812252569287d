import { readdirSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';
import { DELAY_REASONS, FAILURE_REASONS } from '../../shared/core/events/meanings.ts';
import { EVENT_SCHEMAS } from '../../shared/core/events/schemas.ts';
import { dataSchemaOf, EVENT_TYPES, type RotationEvent } from '../../shared/core/events.ts';
import { K2, NOW } from '../core/fixtures.ts';
import { expectContractKept, problemOf, publishedSchema } from './eventContract.ts';

const TYPES = Object.values(EVENT_TYPES);
const FILES = new URL('../../docs/events', import.meta.url);

/** The first example of a type, to be broken in a test. */
function exampleOf(type: string): RotationEvent {
  const found = EVENT_EXAMPLES.find((example) => example.type === type);
  if (!found) throw new Error(`no example of ${type}`);
  return structuredClone(found);
}

describe('the published schemas', () => {
  it('are those of the types that are sent, and no other', () => {
    expect(readdirSync(FILES).toSorted()).toEqual(
      TYPES.map((type) => `${type}.schema.json`).toSorted(),
    );
  });

  it.each(TYPES)('of %s are valid, and name the data as the event does', (type) => {
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    ajv.addSchema(publishedSchema(type));
    const { data, ...attributes } = exampleOf(type);
    expect(attributes.dataschema).toBe(dataSchemaOf(type));
    const validateData = ajv.getSchema(attributes.dataschema);
    expect(validateData?.(data)).toBe(true);
    expect(validateData?.({ ...data, fingerprint: 'a whole key' })).toBe(false);
  });

  it.each(TYPES)('of %s have examples that are as they say', (type) => {
    const examples = publishedSchema(type)['examples'] as RotationEvent[];
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      expect(problemOf(example)).toBeUndefined();
      const schema = Object.values(EVENT_SCHEMAS).find((each) => each.shape.type.value === type);
      expect(schema?.parse(example)).toEqual(example);
    }
  });

  it.each(TYPES)('of %s describe every field', (type) => {
    expect(undescribed(publishedSchema(type))).toEqual([]);
  });

  it.each([
    [EVENT_TYPES.rotationDelayed, DELAY_REASONS],
    [EVENT_TYPES.rotationFailed, FAILURE_REASONS],
  ])('of %s say what each reason means', (type, meanings) => {
    const said = JSON.stringify(publishedSchema(type));
    for (const meaning of Object.values(meanings)) expect(said).toContain(meaning);
  });

  it.each(TYPES)('of %s refuse an event that lacks a field', (type) => {
    const { type: _, ...attributes } = exampleOf(type);
    for (const field of [...Object.keys(attributes), ...Object.keys(attributes.data)]) {
      const example = exampleOf(type);
      Reflect.deleteProperty(field in example ? example : example.data, field);
      expect(problemOf(example)).toContain(`"missingProperty":"${field}"`);
    }
  });

  it.each([
    [EVENT_TYPES.keyActivated, { activeSlot: null }],
    [EVENT_TYPES.keyActivated, { secretId: null }],
    [EVENT_TYPES.keyActivated, { previous: null }],
    [EVENT_TYPES.keyRetiring, { previous: { slot: 'Key1', fingerprint: K2, validUntil: null } }],
    [EVENT_TYPES.keyRetired, { confirmedDead: null }],
    [EVENT_TYPES.rotationDelayed, { fingerprint: null }],
    [EVENT_TYPES.rotationDelayed, { reason: 'CallFailed' }],
    [EVENT_TYPES.rotationFailed, { reason: 'Held' }],
    [EVENT_TYPES.rotationFailed, { cause: 'whim' }],
    [EVENT_TYPES.keyRetired, { key: 'a field that is not written down' }],
  ])('of %s refuse data with %o, in what this service sends', (type, wrong) => {
    const example = exampleOf(type);
    expect(problemOf({ ...example, data: { ...example.data, ...wrong } })).toContain(example.id);
  });

  it('let readers pass what a later version of v1 adds', () => {
    const ajv = new Ajv2020({ strict: true });
    addFormats.default(ajv);
    const example = exampleOf(EVENT_TYPES.rotationDelayed);
    const data = { ...example.data, cause: 'later', reason: 'Later', later: 1 };
    const event = { ...example, data, traceparent: '00-0-0-00' };
    expect(ajv.validate(publishedSchema(example.type), event)).toBe(true);
  });
});

describe('copies of an event', () => {
  const accepted = (...events: RotationEvent[]) => ({
    accepted: events.map((event) => ({ at: NOW, event: { ...event } })),
  });
  const example = exampleOf(EVENT_TYPES.keyRetiring);

  it('may differ in what depends on when they were sent', () => {
    const later = structuredClone(example);
    later.time = '2026-03-03T08:01:00.000Z';
    if (later.type === EVENT_TYPES.keyRetiring) later.data.missingSubscribers = [];
    expect(() => expectContractKept(accepted(example, later))).not.toThrow();
  });

  it.each([{ fingerprint: K2 }, { rotationId: 'another' }, { secretVersion: '2' }])(
    'may not differ in %o',
    (wrong) => {
      const other = { ...example, data: { ...example.data, ...wrong } } as RotationEvent;
      expect(() => expectContractKept(accepted(example, other))).toThrow('two events are');
    },
  );
});

/** Paths of fields without a description, at any depth. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, items, anyOf } = schema as Record<string, unknown>;
  const fields = Object.entries((properties ?? {}) as Record<string, { description?: string }>);
  return [
    ...fields.filter(([, field]) => !field.description).map(([name]) => `${path}/${name}`),
    ...fields.flatMap(([name, field]) => undescribed(field, `${path}/${name}`)),
    ...undescribed(items, `${path}/items`),
    ...(Array.isArray(anyOf) ? anyOf : []).flatMap((each) => undescribed(each, path)),
  ];
}
