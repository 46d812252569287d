import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { eventGridHandler, httpTriggerHandler } from '../../shared/client/functionsWebhook.ts';
import { givenKey, keyActivated } from './fixtures.ts';

async function givenLoadedKey() {
  const given = givenKey();
  await given.key.ready();
  given.secret.value = 'second-key';
  return given;
}

function request(method: string, body?: string, headers: Record<string, string> = {}) {
  const url = 'https://app.azurewebsites.net/api/events?code=right';
  return new HttpRequest({ method, url, headers, ...(body && { body: { string: body } }) });
}

describe('eventGridHandler', () => {
  it('hands an event to every key', async () => {
    const [one, other] = [await givenLoadedKey(), await givenLoadedKey()];
    await eventGridHandler([one.key, other.key])(keyActivated('second-key'));
    expect([one.key.key, other.key.key]).toEqual(['second-key', 'second-key']);
  });

  it('hands on a batch', async () => {
    const { key } = await givenLoadedKey();
    await eventGridHandler([key])([{}, keyActivated('second-key')]);
    expect(key.key).toBe('second-key');
  });

  it('rejects when the vault could not be read, so that the event is sent again', async () => {
    const [one, other] = [await givenLoadedKey(), await givenLoadedKey()];
    const handle = eventGridHandler([one.key, other.key]);
    other.secret.failure = new Error('vault away');
    await expect(handle(keyActivated('second-key'))).rejects.toThrow('sent again');
    other.secret.failure = undefined;
    await handle(keyActivated('second-key'));
    expect(other.key.key).toBe('second-key');
    expect(one.secret.reads).toBe(2);
  });

  it('is content with events that are not meant for its keys', async () => {
    const { key, secret } = await givenLoadedKey();
    await eventGridHandler([key])({ eventType: 'Microsoft.Storage.BlobCreated', data: {} });
    expect(secret.reads).toBe(1);
  });
});

describe('httpTriggerHandler', () => {
  it('answers the handshakes of both schemas', async () => {
    const handle = httpTriggerHandler([]);
    const origin = 'eventgrid.azure.net';
    expect(
      await handle(request('OPTIONS', undefined, { 'webhook-request-origin': origin })),
    ).toEqual({
      status: 200,
      headers: {
        allow: 'OPTIONS, POST',
        'webhook-allowed-origin': origin,
        'webhook-allowed-rate': '*',
      },
    });
    const eventType = 'Microsoft.EventGrid.SubscriptionValidationEvent';
    const validation = JSON.stringify([{ eventType, data: { validationCode: 'code' } }]);
    expect(await handle(request('POST', validation))).toMatchObject({
      status: 200,
      body: '{"validationResponse":"code"}',
    });
  });

  it('takes events, and answers 503 when the vault could not be read', async () => {
    const { key, secret } = await givenLoadedKey();
    const handle = httpTriggerHandler([key]);
    const event = JSON.stringify(keyActivated('second-key'));
    secret.failure = new Error('vault away');
    expect((await handle(request('POST', event))).status).toBe(503);
    secret.failure = undefined;
    expect((await handle(request('POST', event))).status).toBe(200);
    expect(key.key).toBe('second-key');
  });

  it('refuses what is too long, and whom the app does not authorize', async () => {
    const authorize = ({ url }: HttpRequest) => url.endsWith('?code=right');
    const handle = httpTriggerHandler([], { authorize });
    expect((await handle(request('POST', `"${'ä'.repeat(524_288)}"`))).status).toBe(413);
    expect((await handle(request('POST', '[]'))).status).toBe(200);
    const wrong = new HttpRequest({ method: 'POST', url: 'https://app.example/?code=wrong' });
    expect((await handle(wrong)).status).toBe(401);
  });
});
