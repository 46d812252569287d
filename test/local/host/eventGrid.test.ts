import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTION_KEY, givenHost, type TestHost } from './support.ts';

describe('the Event Grid webhook', () => {
  let host: TestHost;

  beforeAll(async () => {
    host = await givenHost('http');
  });
  afterAll(() => host.stop());

  const webhook = (query = `functionName=onEvent&code=${FUNCTION_KEY}`) =>
    `${host.url}/runtime/webhooks/EventGrid?${query}`;

  const deliver = (events: unknown, eventType = 'Notification', query?: string) =>
    fetch(webhook(query), {
      method: 'POST',
      headers: { 'aeg-event-type': eventType, 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });

  const event = (id: string, subject = 'good') => ({
    specversion: '1.0',
    type: 'Test.v1',
    source: '/test',
    id,
    subject,
    data: {},
  });

  it('calls the function with a single event', async () => {
    expect((await deliver(event('single'))).status).toBe(202);
    // The fixture's log hook rewrites "event".
    await host.said('Event single');
  });

  it('calls the function once for each event of a batch', async () => {
    expect((await deliver([event('b1'), event('b2')])).status).toBe(202);
    await host.said('Event b1');
    await host.said('Event b2');
  });

  it('answers 500 when one event of a batch failed', async () => {
    expect((await deliver([event('b3'), event('b4', 'bad')])).status).toBe(500);
    await host.said('Event b3');
  });

  it('agrees to the CloudEvents handshake', async () => {
    const response = await fetch(webhook(), {
      method: 'OPTIONS',
      headers: { 'WebHook-Request-Origin': 'eventgrid.azure.net' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('WebHook-Allowed-Origin')).toBe('eventgrid.azure.net');
  });

  it('answers the validation event of the Event Grid schema', async () => {
    const response = await deliver([{ data: { validationCode: 'abc' } }], 'SubscriptionValidation');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: 'abc' });
  });

  it.each([
    ['401 without the key', 401, 'functionName=onEvent', 'Notification'],
    ['404 for a function of another trigger', 404, `functionName=hello&code=${FUNCTION_KEY}`, ''],
    ['400 for another kind of delivery', 400, undefined, 'Other'],
  ])('answers %s', async (_what, status, query, eventType) => {
    expect((await deliver(event('x'), eventType, query)).status).toBe(status);
  });

  it('answers 400 to what is not an event', async () => {
    expect((await deliver('text')).status).toBe(400);
  });
});
