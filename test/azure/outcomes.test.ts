import {
  createHttpHeaders,
  createPipelineRequest,
  type PipelineRequest,
  RestError,
  type SendRequest,
} from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { sendOnce } from '../../shared/azure/deadline.ts';
import { attempt } from '../../shared/azure/outcomes.ts';
import { HASTY_MS, NOW } from './fixtures.ts';

const LIMITS = { sendBy: NOW, timeoutMs: HASTY_MS };
const [{ policy }] = sendOnce({ now: () => NOW }).additionalPolicies as [
  ReturnType<typeof sendOnce>['additionalPolicies'][number],
];

function givenRequest(headers: Record<string, string> = { authorization: 'Bearer t' }) {
  return createPipelineRequest({
    url: 'https://arm.example/regenerateKey',
    method: 'POST',
    headers: createHttpHeaders(headers),
  });
}

function answering(status: number): SendRequest {
  return async (request) => ({ status, request, headers: createHttpHeaders() });
}

function failing(code: string): SendRequest {
  return async (request) => {
    throw new RestError('with a key inside', { code, request });
  };
}

/** An attempt that sends one request and fails whatever comes back. */
function attemptFailing(next: SendRequest, request: PipelineRequest = givenRequest()) {
  return attempt('regenerateKey', LIMITS, async () => {
    const { status } = await policy.sendRequest(request, next);
    throw new RestError('with a key inside', { statusCode: status, request });
  });
}

describe('an attempt', () => {
  it.each([
    [400, 'refused'],
    [401, 'refused'],
    [404, 'refused'],
    [409, 'refused'],
    [412, 'refused'],
    [429, 'refused'],
    [408, 'unknown'],
    [499, 'unknown'],
    [200, 'unknown'],
    [307, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
  ])('answered %i is %s', async (status, kind) => {
    const outcome = await attemptFailing(answering(status));
    expect(outcome.kind).toBe(kind);
    expect(JSON.stringify(outcome)).not.toContain('key inside');
  });

  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENOTFOUND', 'refused'],
    ['EAI_AGAIN', 'refused'],
    ['ECONNRESET', 'unknown'],
    ['ETIMEDOUT', 'unknown'],
    ['EPIPE', 'unknown'],
    ['PARSE_ERROR', 'unknown'],
  ])('that ends with %s is %s', async (code, kind) => {
    const outcome = await attemptFailing(failing(code));
    expect(outcome).toMatchObject({ kind, failure: { kind: 'unavailable', retriable: true } });
  });

  it('is definite when only a request without token was out', async () => {
    const challenge = givenRequest({});
    expect(await attemptFailing(failing('ECONNRESET'), challenge)).toMatchObject({
      kind: 'refused',
    });
  });

  it('takes a connection of its own', async () => {
    const request = givenRequest();
    await attemptFailing(answering(409), request);
    expect(request.agent).toMatchObject({ keepAlive: false });
  });

  it('that was given up sends nothing more, though its caller ignores the signal', async () => {
    let release = () => {};
    const token = new Promise<void>((resolve) => {
      release = resolve;
    });
    let sent = 0;
    let late: Promise<unknown> = Promise.resolve();
    const outcome = await attempt('regenerateKey', LIMITS, () => {
      late = token.then(() =>
        policy.sendRequest(givenRequest(), (request) => {
          sent += 1;
          return answering(200)(request);
        }),
      );
      return late;
    });
    release();

    await expect(late).rejects.toThrow();
    expect(outcome).toMatchObject({ kind: 'refused', failure: { kind: 'timeout' } });
    expect(sent).toBe(0);
  });

  it('without a deadline is not sent', async () => {
    await expect(policy.sendRequest(givenRequest(), answering(200))).rejects.toThrow('deadline');
  });
});
