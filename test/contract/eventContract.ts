import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { CloudEvent } from '../../local/azure/model/cloud-event.ts';
import type { Topic } from '../../local/azure/model/topic.ts';
import { EVENT_TYPES, type RotationEvent } from '../../shared/core/events.ts';
import { closed } from './closed.ts';

/** The checked-in schema of a type of event. */
export function publishedSchema(type: string): Record<string, unknown> {
  const file = new URL(`../../docs/events/${type}.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8'));
}

const VALIDATORS = new Map<string, ValidateFunction>();

function validatorOf(type: string): ValidateFunction | undefined {
  if (VALIDATORS.size === 0) {
    const ajv = new Ajv2020({ allErrors: true, strict: true });
    addFormats.default(ajv);
    for (const each of Object.values(EVENT_TYPES)) {
      VALIDATORS.set(each, ajv.compile(closed(publishedSchema(each))));
    }
  }
  return VALIDATORS.get(type);
}

/** What is wrong with an event by the published schemas; undefined when nothing is. */
export function problemOf(event: Readonly<Record<string, unknown>>): string | undefined {
  const validate = validatorOf(String(event['type']));
  if (!validate) return `${event['type']} is not a published type`;
  if (validate(event)) return undefined;
  const errors = validate.errors?.map(({ instancePath, message, params }) => {
    return `${instancePath} ${message} ${JSON.stringify(params)}`;
  });
  return `${event['id']}: ${errors?.join('; ')}`;
}

/**
 * What is wrong with all events that a topic accepted: their forms, and that copies, by `source` and
 * `id`, say the same.
 */
export function problemsOf({ accepted }: Pick<Topic, 'accepted'>): string[] {
  const first = new Map<string, string>();
  return accepted.flatMap(({ event }) => {
    const problem = problemOf(event);
    if (problem) return [problem];
    const key = `${event.source} ${event.id}`;
    const said = JSON.stringify(sameOnEveryCopy(event));
    const before = first.get(key) ?? said;
    first.set(key, before);
    return before === said ? [] : [`two events are ${key}: ${before} and ${said}`];
  });
}

/** Throws when a topic accepted anything that is not as published. */
export function expectContractKept(topic: Pick<Topic, 'accepted'>): void {
  const problems = problemsOf(topic);
  if (problems.length === 0) return;
  throw new Error(`events that are not as published:\n${[...new Set(problems)].join('\n')}`);
}

/** What the README promises of copies. */
function sameOnEveryCopy(event: CloudEvent) {
  const { type, subject, data } = event as unknown as RotationEvent;
  if (type === EVENT_TYPES.rotationDelayed || type === EVENT_TYPES.rotationFailed) {
    return { type, subject, rotationId: data.rotationId, reason: data.reason };
  }
  const { slot, fingerprint } = data.previous ?? {};
  const { severity, missingSubscribers, confirmedDead, ...rest } = {
    severity: 'normal',
    missingSubscribers: [],
    confirmedDead: false,
    ...data,
  };
  return { type, subject, ...rest, previous: { slot, fingerprint } };
}
