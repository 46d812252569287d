import { EventGridManagementClient } from '@azure/arm-eventgrid';
import { describe, expect, it, vi } from 'vitest';
import type { SimulatedAzure } from '../../../local/azure/index.ts';
import { credentialOf, givenAzure } from './given-azure.ts';
import { givenWebhook } from './webhook.ts';

const EVENT = { type: 'Wanted', subject: '/accounts/lang', source: '/twinkey/test', data: {} };

/** The official client, as people and pipelines use it. */
function eventSubscriptionsOf(azure: SimulatedAzure) {
  const client = new EventGridManagementClient(credentialOf(azure), azure.model.subscription, {
    endpoint: azure.armEndpoint,
    credentialScopes: 'https://management.azure.com/.default',
    retryOptions: { maxRetries: 0 },
    tlsOptions: { ca: azure.caPem },
  });
  const { eventSubscriptions } = client;
  const scope = azure.topicId.slice(1);
  return {
    put: (name: string, endpointUrl: string, eventDeliverySchema = 'CloudEventSchemaV1_0') =>
      eventSubscriptions.beginCreateOrUpdateAndWait(
        scope,
        name,
        {
          destination: { endpointType: 'WebHook', endpointUrl },
          filter: { includedEventTypes: ['Wanted'], subjectBeginsWith: '/ACCOUNTS/l' },
          eventDeliverySchema,
        },
        { updateIntervalInMs: 20 },
      ),
    get: (name: string) => eventSubscriptions.get(scope, name),
    remove: (name: string) =>
      eventSubscriptions.beginDeleteAndWait(scope, name, { updateIntervalInMs: 20 }),
  };
}

/** Publishes an event, and waits until another webhook has got it. */
async function publishOnce({ azure, publisher }: Awaited<ReturnType<typeof givenAzure>>) {
  const other = await givenWebhook([200], '*');
  await azure.subscribe({ name: 'other', endpoint: other.endpoint });
  await publisher.send([{ ...EVENT, id: '1' }]);
  await other.reached(1);
}

describe('event subscriptions over Resource Manager', () => {
  it('deliver what they filter to a webhook that agreed, until they are removed', async () => {
    const { azure, publisher, ...rest } = await givenAzure();
    const subscriptions = eventSubscriptionsOf(azure);
    const hook = await givenWebhook([200], 'eventgrid.azure.net');
    await subscriptions.put('app', `${hook.endpoint}?code=hidden`);
    const shown = await subscriptions.get('app');
    expect(shown).toMatchObject({
      provisioningState: 'Succeeded',
      topic: azure.topicId,
      destination: { endpointBaseUrl: hook.endpoint },
    });
    expect(JSON.stringify(shown)).not.toContain('hidden');
    await publisher.send([
      { ...EVENT, id: '1', type: 'Other' },
      { ...EVENT, id: '2', subject: '/accounts/x' },
      { ...EVENT, id: '3' },
    ]);
    await hook.reached(1);
    expect(hook.received.map(({ id }) => id)).toEqual(['3']);

    await subscriptions.remove('app');
    await publishOnce({ azure, publisher, ...rest });
    await expect(subscriptions.get('app')).rejects.toMatchObject({ statusCode: 404 });
    expect(hook.received).toHaveLength(1);
    await subscriptions.remove('app');
  });

  it('fail for a webhook that does not agree', async () => {
    const given = await givenAzure();
    const subscriptions = eventSubscriptionsOf(given.azure);
    const silent = await givenWebhook([200]);
    await expect(subscriptions.put('app', silent.endpoint)).rejects.toThrow('failed');
    expect(await subscriptions.get('app')).toMatchObject({ provisioningState: 'Failed' });
    await publishOnce(given);
    expect(silent.received).toEqual([]);
  });

  it('are not made once they were removed while the webhook was asked', async () => {
    const given = await givenAzure();
    const subscriptions = eventSubscriptionsOf(given.azure);
    const slow = await givenWebhook([200], '*');
    const letGo = slow.holdHandshake();
    const put = subscriptions.put('app', slow.endpoint).catch((error) => error);
    await vi.waitFor(async () => expect(await subscriptions.get('app')).toBeDefined());
    await subscriptions.remove('app');
    letGo();
    expect(await put).toMatchObject({ statusCode: 404 });
    await publishOnce(given);
    expect(slow.received).toEqual([]);
  });

  it('are refused with another schema, or without a webhook', async () => {
    const { azure } = await givenAzure();
    const subscriptions = eventSubscriptionsOf(azure);
    const refusal = { statusCode: 400, code: 'InvalidRequest' };
    const put = subscriptions.put('app', 'http://127.0.0.1:9', 'EventGridSchema');
    await expect(put).rejects.toMatchObject(refusal);
    await expect(subscriptions.put('app', 'no address')).rejects.toMatchObject(refusal);
    await expect(subscriptions.get('app')).rejects.toMatchObject({ statusCode: 404 });
  });
});
