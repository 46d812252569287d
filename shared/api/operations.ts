import type * as z from 'zod';
import type { Access } from './principal.ts';
import type { ProblemKind } from './problem.ts';
import * as answers from './schemas/answers.ts';
import * as bodies from './schemas/bodies.ts';
import { historyForAllQuery, historyQuery, planQuery, releaseQuery } from './schemas/queries.ts';

/** One operation of the HTTP API: what the functions register and the OpenAPI document shows. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API's base, with parameters in braces. */
  readonly route: string;
  readonly summary: string;
  /** Who may, where the platform authenticates; `key`: whoever has a key, `anonymous`: everyone. */
  readonly access: Access | 'key' | 'anonymous';
  readonly query?: z.ZodRawShape;
  readonly body?: z.ZodType;
  /** Whether it takes an `Idempotency-Key`. */
  readonly idempotencyKey?: true;
  readonly status: number;
  /** Undefined: an answer without a body, or one that no schema describes. */
  readonly answer?: z.ZodType;
  /** Media types beside JSON. */
  readonly alsoAs?: readonly string[];
  /** Headers of the answer, with their meaning. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly problems: readonly ProblemKind[];
}

const ACCOUNT = 'accounts/{subscription}/{resourceGroup}/{name}';
const BAD_BODY = ['invalid-request', 'body-too-large', 'unsupported-media-type'] as const;
const BAD_REQUEST = [
  ...BAD_BODY,
  'unknown-account',
  'not-rotatable',
  'idempotency-key-reused',
] as const;
const ACCEPTED = {
  location: 'Where to follow it.',
  'retry-after': 'Seconds after which it is worth to look.',
};
/** How a history is answered with. */
const HISTORY = {
  status: 200,
  answer: answers.history,
  alsoAs: ['application/jsonl', 'text/csv'],
  headers: { 'x-twinkey-complete': 'Of an export: false when there are more lines.' },
} as const;

/** Every operation, by the name of its function. */
export const OPERATIONS = {
  accounts: {
    method: 'GET',
    route: 'accounts',
    summary: 'Every account: what it is doing, why, and what happens next',
    access: 'read',
    status: 200,
    answer: answers.accounts,
    problems: [],
  },
  account: {
    method: 'GET',
    route: ACCOUNT,
    summary: 'One account, with its holds and acknowledgements; 304 for If-None-Match',
    access: 'readAccount',
    status: 200,
    answer: answers.accountDetail,
    headers: { etag: 'Names this state, for If-None-Match.' },
    problems: ['invalid-request', 'unknown-account'],
  },
  history: {
    method: 'GET',
    route: `${ACCOUNT}/history`,
    summary: "An account's history: append-only, newest first, in pages or as an export",
    access: 'read',
    query: historyQuery,
    ...HISTORY,
    problems: ['invalid-request', 'unknown-account'],
  },
  historyForAll: {
    method: 'GET',
    route: 'history',
    summary: 'What was done to all accounts at once, as holds: the same form as for one',
    access: 'read',
    query: historyForAllQuery,
    ...HISTORY,
    problems: ['invalid-request'],
  },
  startRotation: {
    method: 'POST',
    route: `${ACCOUNT}/rotations`,
    summary: 'Rotate now, or replace a key that leaked',
    access: 'operate',
    body: bodies.startBody,
    idempotencyKey: true,
    status: 202,
    answer: answers.accepted,
    headers: ACCEPTED,
    problems: [...BAD_REQUEST, 'rotation-under-way'],
  },
  rotation: {
    method: 'GET',
    route: `${ACCOUNT}/rotations/{rotationId}`,
    summary: 'Follow a rotation, or a request for one',
    access: 'read',
    status: 200,
    answer: answers.rotation,
    problems: ['invalid-request', 'unknown-account', 'unknown-rotation'],
  },
  rollback: {
    method: 'POST',
    route: `${ACCOUNT}/rotations/{rotationId}/rollback`,
    summary: 'Bring the previous key back, during the overlap',
    access: 'operate',
    body: bodies.rollbackBody,
    idempotencyKey: true,
    status: 202,
    answer: answers.accepted,
    headers: ACCEPTED,
    problems: [...BAD_REQUEST, 'unknown-rotation', 'rollback-impossible'],
  },
  previewKeyless: {
    method: 'GET',
    route: `${ACCOUNT}/keyless`,
    summary: 'What ending key authentication would break, and who says that it uses a key',
    access: 'read',
    status: 200,
    answer: answers.keylessPreview,
    problems: ['invalid-request', 'unknown-account', 'not-rotatable'],
  },
  startKeyless: {
    method: 'POST',
    route: `${ACCOUNT}/keyless`,
    summary: 'End key authentication: replace both keys, switch it off, disable the secret',
    access: 'operate',
    body: bodies.keylessBody,
    idempotencyKey: true,
    status: 202,
    answer: answers.accepted,
    headers: ACCEPTED,
    problems: [...BAD_REQUEST, 'not-permitted', 'preview-outdated', 'rotation-under-way'],
  },
  withdrawKeyless: {
    method: 'DELETE',
    route: `${ACCOUNT}/keyless`,
    summary: 'Take the end of key authentication back, before it is switched off',
    access: 'operate',
    query: releaseQuery,
    status: 204,
    problems: ['invalid-request', 'unknown-account', 'not-rotatable'],
  },
  acknowledge: {
    method: 'POST',
    route: `${ACCOUNT}/rotations/{rotationId}/acks`,
    summary: 'An app says that it uses the active key; its fingerprint counts, not the rotation',
    access: 'acknowledge',
    body: bodies.acknowledgementBody,
    status: 200,
    answer: answers.acknowledged,
    problems: [
      ...BAD_BODY,
      'unknown-account',
      'unknown-rotation',
      'not-a-subscriber',
      'fingerprint-not-active',
    ],
  },
  placeHold: {
    method: 'PUT',
    route: `${ACCOUNT}/hold`,
    summary: 'Forbid regenerating for one account',
    access: 'operate',
    body: bodies.holdBody,
    status: 200,
    answer: answers.hold,
    problems: [...BAD_BODY, 'unknown-account'],
  },
  releaseHold: {
    method: 'DELETE',
    route: `${ACCOUNT}/hold`,
    summary: "Release one account's hold, if there is one",
    access: 'operate',
    query: releaseQuery,
    status: 200,
    answer: answers.released,
    problems: ['invalid-request', 'unknown-account'],
  },
  holdForAll: {
    method: 'GET',
    route: 'hold',
    summary: 'The hold for all accounts, or null',
    access: 'read',
    status: 200,
    answer: answers.holdForAll,
    problems: [],
  },
  placeHoldForAll: {
    method: 'PUT',
    route: 'hold',
    summary: 'Forbid regenerating for all accounts',
    access: 'operate',
    body: bodies.holdBody,
    status: 200,
    answer: answers.hold,
    problems: [...BAD_BODY],
  },
  releaseHoldForAll: {
    method: 'DELETE',
    route: 'hold',
    summary: 'Release the hold for all accounts, if there is one',
    access: 'operate',
    query: releaseQuery,
    status: 200,
    answer: answers.released,
    problems: ['invalid-request'],
  },
  brakes: {
    method: 'GET',
    route: 'brakes',
    summary: 'What keeps rotations from beginning because too many accounts failed in a row',
    access: 'read',
    status: 200,
    answer: answers.brakes,
    problems: [],
  },
  releaseBrake: {
    method: 'DELETE',
    route: 'brakes/{brake}',
    summary: 'Let rotations begin again, if there is such a brake',
    access: 'operate',
    query: releaseQuery,
    status: 200,
    answer: answers.brakeReleased,
    problems: ['invalid-request'],
  },
  plan: {
    method: 'GET',
    route: 'plan',
    summary: 'What would be done next, by a dry run of the planner; or a calendar of what is ahead',
    access: 'read',
    query: planQuery,
    status: 200,
    answer: answers.plan,
    alsoAs: ['text/calendar'],
    problems: ['invalid-request'],
  },
  caller: {
    method: 'GET',
    route: 'caller',
    summary: 'Who calls, and what they may do',
    access: 'key',
    status: 200,
    answer: answers.caller,
    problems: [],
  },
  health: {
    method: 'GET',
    route: 'health',
    summary: 'Liveness, with the age of the last tick, which shows that the schedule runs',
    access: 'key',
    status: 200,
    answer: answers.health,
    problems: [],
  },
  openapi: {
    method: 'GET',
    route: 'openapi.json',
    summary: 'This document',
    access: 'anonymous',
    status: 200,
    problems: [],
  },
} as const satisfies Record<string, Operation>;

/** The name of an operation, which is also its function's. */
export type OperationName = keyof typeof OPERATIONS;
