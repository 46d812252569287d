import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../shared/azure/failures.ts';
import { Failure } from '../../shared/core/failures.ts';

function givenRestError(status: number, headers: Record<string, string> = {}, details?: unknown) {
  const request = createPipelineRequest({ url: 'https://vault.example/?code=hidden' });
  const error = new RestError('text of the answer', {
    statusCode: status,
    request,
    response: { status, request, headers: createHttpHeaders(headers), bodyAsText: 'hidden' },
  });
  error.details = details;
  return error;
}

describe('the failure of a call', () => {
  it.each([
    [400, 'invalid', false],
    [401, 'unauthorized', false],
    [403, 'forbidden', false],
    [404, 'notFound', false],
    [408, 'timeout', true],
    [409, 'conflict', true],
    [412, 'conflict', false],
    [429, 'throttled', true],
    [500, 'unavailable', true],
    [200, 'unavailable', true],
  ])('answered %i is %s', (status, kind, retriable) => {
    expect(toFailure(givenRestError(status), 'call')).toMatchObject({ kind, retriable });
  });

  it.each([
    ['in seconds', { 'Retry-After': '17' }, 17_000],
    ['in milliseconds', { 'x-ms-retry-after-ms': '250' }, 250],
    [
      'as a date, from the date of the answer',
      {
        'Retry-After': 'Thu, 15 Jan 2026 12:00:30 GMT',
        Date: 'Thu, 15 Jan 2026 12:00:00 GMT',
      },
      30_000,
    ],
    ['as a date without anything to count from', { 'Retry-After': 'Thu, 15 Jan 2026' }, undefined],
    ['not at all', {}, undefined],
  ])('knows a wait that is given %s', (_, headers, retryAfterMs) => {
    expect(toFailure(givenRestError(429, headers), 'call').retryAfterMs).toBe(retryAfterMs);
  });

  it('names call, status, innermost code and request, and no text of the answer', () => {
    const details = { error: { code: 'Forbidden', innererror: { code: 'SecretDisabled' } } };
    const error = givenRestError(403, { 'x-ms-request-id': 'abc-1' }, details);
    const { message } = toFailure(error, 'get secret');
    expect(message).toBe('get secret: 403 SecretDisabled (request abc-1)');
  });

  it('quotes no code that is not one', () => {
    const details = { error: { code: 'a key, say' } };
    expect(toFailure(givenRestError(400, {}, details), 'call').message).toBe('call: 400');
  });

  it('passes a failure on as it is', () => {
    const failure = new Failure('invalid', 'as it is');
    expect(toFailure(failure, 'call')).toBe(failure);
  });

  it.each([
    [new SyntaxError('Unexpected token in "hidden"'), 'call: SyntaxError'],
    [
      new Error('The challenge resource does not match.'),
      'call: Error: The challenge resource does not match.',
    ],
    ['thrown text', 'call: Error: a string'],
  ])('of another kind is unavailable', (error, message) => {
    expect(toFailure(error, 'call')).toMatchObject({ kind: 'unavailable', message });
  });
});
