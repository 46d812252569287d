import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventOutcome } from '../../shared/client/eventFollower.ts';
import { webhookHandler } from '../../shared/client/nodeWebhook.ts';
import type { WebhookOptions } from '../../shared/client/webhook.ts';
import { keyActivated } from './fixtures.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A webhook over one key that notes the events and answers with `outcome`. */
async function givenWebhook(outcome: EventOutcome = 'handled', options: WebhookOptions = {}) {
  const events: unknown[] = [];
  const key = {
    handleEvent: async (event: unknown) => {
      events.push(event);
      return outcome;
    },
  };
  const server = createServer(webhookHandler([key], options)).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const post = (body: string) => fetch(url, { method: 'POST', body });
  return { url, events, post };
}

/** What Event Grid sends first to a subscription in its own schema. */
function validation(validationCode: unknown) {
  const validationUrl = 'https://evil.example/validate';
  return {
    id: 'e1',
    topic: '/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/topics/t',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    data: { validationCode, validationUrl },
  };
}

describe('webhookHandler', () => {
  it('answers the CloudEvents handshake', async () => {
    const { url } = await givenWebhook();
    const response = await fetch(url, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'eventgrid.azure.net' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net');
  });

  it('refuses a handshake that names no origin', async () => {
    const { url } = await givenWebhook();
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(400);
  });

  it("answers the handshake of Event Grid's own schema, and hands nothing on", async () => {
    const { events, post } = await givenWebhook();
    const response = await post(
      JSON.stringify([validation('512d38b6-c7b8-40c8-89fe-f46f9e9622b6')]),
    );
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
    });
    expect(events).toEqual([]);
  });

  it.each([undefined, 7, 'x'.repeat(129)])(
    'refuses a validation code that is none: %s',
    async (code) => {
      const { post } = await givenWebhook();
      expect((await post(JSON.stringify([validation(code)]))).status).toBe(400);
    },
  );

  it('passes on a single event', async () => {
    const { events, post } = await givenWebhook();
    expect((await post(JSON.stringify(keyActivated('x')))).status).toBe(200);
    expect(events).toEqual([keyActivated('x')]);
  });

  it('passes on every event of a batch', async () => {
    const { events, post } = await givenWebhook();
    const batch = [keyActivated('x'), keyActivated('y')];
    expect((await post(JSON.stringify(batch))).status).toBe(200);
    expect(events).toEqual(batch);
  });

  it.each<[EventOutcome, number]>([
    ['handled', 200],
    ['duplicate', 200],
    ['ignored', 200],
    ['failed', 503],
  ])('answers %s with %i', async (outcome, status) => {
    const { post } = await givenWebhook(outcome);
    expect((await post(JSON.stringify(keyActivated('x')))).status).toBe(status);
  });

  it('refuses what is not JSON', async () => {
    const { events, post } = await givenWebhook();
    expect((await post('{')).status).toBe(400);
    expect(events).toEqual([]);
  });

  it('refuses more than a megabyte', async () => {
    const { events, post } = await givenWebhook();
    expect((await post(`"${'x'.repeat(1_048_576)}"`)).status).toBe(413);
    expect(events).toEqual([]);
  });

  it('refuses other methods', async () => {
    const { url } = await givenWebhook();
    expect((await fetch(url)).status).toBe(405);
  });

  it('lets only those pass whom the app authorizes', async () => {
    const authorize = (request: IncomingMessage) => request.url === '/?code=right';
    const { url, events } = await givenWebhook('handled', { authorize });
    const body = JSON.stringify(keyActivated('x'));
    expect((await fetch(`${url}?code=wrong`, { method: 'POST', body })).status).toBe(401);
    expect(events).toEqual([]);
    expect((await fetch(`${url}?code=right`, { method: 'POST', body })).status).toBe(200);
    const handshakes = [
      { method: 'OPTIONS', headers: { 'webhook-request-origin': 'eventgrid.azure.net' } },
      { method: 'POST', body: JSON.stringify([validation('code')]) },
    ];
    for (const handshake of handshakes) {
      expect((await fetch(`${url}?code=wrong`, handshake)).status).toBe(401);
      expect((await fetch(`${url}?code=right`, handshake)).status).toBe(200);
    }
  });
});
