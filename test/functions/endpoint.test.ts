import { HttpRequest, InvocationContext } from '@azure/functions';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../../functions/wiring/endpoint.ts';

const SETTINGS = {
  TWINKEY_DEPLOYMENT: 'test',
  TWINKEY_SUBSCRIPTIONS: '00000000-0000-0000-0000-000000000001',
  TWINKEY_VAULT_URL: 'https://test.vault.azure.net',
  TWINKEY_TOPIC_ENDPOINT: 'https://test.example/api/events',
  TWINKEY_QUEUE: 'test-passes',
  TWINKEY_TICK_SCHEDULE: '0 * * * * *',
  AzureWebJobsStorage: 'UseDevelopmentStorage=true',
};

beforeEach(() => {
  // Settings are read once in a process; each test gets modules of its own.
  vi.resetModules();
  for (const [name, value] of Object.entries(SETTINGS)) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

function principal(role: string): Record<string, string> {
  const claims = [
    { typ: 'name', val: 'Ada' },
    { typ: 'roles', val: role },
  ];
  const text = Buffer.from(JSON.stringify({ claims })).toString('base64');
  return { 'x-ms-client-principal': text };
}

/** A request to an endpoint for operators, and who it took the caller for. */
async function rotateAs(
  headers: Record<string, string>,
  handle: (call: Call) => Promise<object> = async () => ({}),
) {
  const { handlerOf } = await import('../../functions/wiring/endpoint.ts');
  const calls: Call[] = [];
  const handler = handlerOf('operate', async (call) => {
    calls.push(call);
    return handle(call);
  });
  const request = new HttpRequest({ method: 'POST', url: 'https://test.example/api/x', headers });
  const context = new InvocationContext({ functionName: 'x', logHandler: () => {} });
  const answer = await handler(request, context);
  const body = JSON.parse(String(answer.body ?? '{}'));
  return {
    status: answer.status,
    headers: answer.headers,
    body,
    actors: calls.map((c) => c.actor),
  };
}

describe('where the platform authenticates', () => {
  beforeEach(() => vi.stubEnv('TWINKEY_PLATFORM_AUTH', 'true'));

  test('a reader who tries to rotate is told which role is missing', async () => {
    const { status, body, actors } = await rotateAs(principal('Rotation.Reader'));
    expect(status).toBe(403);
    expect(body).toMatchObject({
      type: 'urn:twinkey:problem:forbidden',
      detail: 'expected the role Rotation.Operator, found Rotation.Reader',
    });
    expect(actors).toEqual([]);
  });

  test('a function key alone does not do', async () => {
    expect(await rotateAs({})).toMatchObject({ status: 403, actors: [] });
  });

  test("an operator's name is the actor", async () => {
    const { actors } = await rotateAs(principal('Rotation.Operator'));
    expect(actors).toEqual(['Ada']);
  });
});

describe('where it does not', () => {
  test.each([{}, principal('Rotation.Reader'), principal('Rotation.Operator')])(
    'whatever the header says, the function key is the actor',
    async (headers) => {
      expect((await rotateAs(headers)).actors).toEqual(['function key']);
    },
  );
});

describe('an error', () => {
  test('of a service behind is a 503 with its message', async () => {
    const { status, headers, body } = await rotateAs({}, async () => {
      const { Failure } = await import('../../shared/core/failures.ts');
      throw new Failure('timeout', 'list keys: timed out');
    });
    expect(status).toBe(503);
    expect(body.detail).toBe('list keys: timed out');
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
  });

  test.each([
    ['forbidden', "list keys: 403; the service's identity lacks a permission"],
    ['invalid', 'list keys: 403; asking again does not help'],
  ] as const)(
    'of kind %s of a service behind is no outage, and names what to do',
    async (kind, detail) => {
      const { status, body } = await rotateAs({}, async () => {
        const { Failure } = await import('../../shared/core/failures.ts');
        throw new Failure(kind, 'list keys: 403');
      });
      expect(status).toBe(502);
      expect(body.type).toBe('urn:twinkey:problem:upstream-refused');
      expect(body.detail).toContain(detail);
    },
  );

  test('that is a defect says nothing of itself', async () => {
    const { status, body } = await rotateAs({}, async () => {
      throw new Error('the secret is 42');
    });
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('42');
  });
});
