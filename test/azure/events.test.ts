import { describe, expect, it } from 'vitest';
import { TopicEvents } from '../../shared/azure/events.ts';
import type { RotationEvent } from '../../shared/core/events.ts';
import { givenAzure, HASTY_MS, LANG } from './fixtures.ts';

function givenEvent(id: string, message = ''): RotationEvent {
  return {
    id,
    type: 'Twinkey.KeyActivated.v1',
    source: '/twinkey/demo',
    subject: LANG,
    time: '2026-01-15T12:00:00.000Z',
    data: {
      accountId: LANG,
      accountName: 'lang',
      endpoint: 'https://lang.example',
      rotationId: 'r1',
      cause: 'schedule',
      activeSlot: 'Key1',
      fingerprint: '0123456789ab',
      secretId: 'https://vault.example/secrets/lang-key/1',
      vaultUri: 'https://vault.example',
      secretName: 'lang-key',
      secretVersion: '1',
      previous: null,
      acknowledgeUrl: null,
      message,
    },
  };
}

async function givenTopic() {
  const { azure, credential } = await givenAzure();
  const events = (callTimeoutMs = 20_000) =>
    new TopicEvents({ topicEndpoint: azure.topicEndpoint, credential, callTimeoutMs });
  return { azure, events };
}

describe('sending events', () => {
  it('sends CloudEvents as they are, ids included', async () => {
    const { azure, events } = await givenTopic();
    const event = givenEvent('r1:KeyActivated');

    await events().send([event]);

    const [accepted] = azure.model.topic.accepted;
    expect(accepted?.event).toMatchObject({ ...event, specversion: '1.0' });
  });

  it('splits what would not fit into one request of 1 MB', async () => {
    const { azure, events } = await givenTopic();
    const big = 'x'.repeat(300_000);

    await events().send(['1', '2', '3', '4'].map((id) => givenEvent(id, big)));

    expect(azure.model.topic.accepted.map(({ event }) => event.id)).toEqual(['1', '2', '3', '4']);
    expect(azure.model.log.count({ service: 'eventgrid', end: 200 })).toBe(2);
  });

  it('fails as retriable when the topic is down or hangs', async () => {
    const { azure, events } = await givenTopic();
    azure.model.faults.set([{ service: 'eventgrid', fault: { kind: 'status', status: 503 } }]);
    const kind = 'unavailable';
    await expect(events().send([givenEvent('1')])).rejects.toMatchObject({ kind, retriable: true });

    const fault = { kind: 'lateEffect', afterMs: 3_600_000 } as const;
    azure.model.faults.set([{ service: 'eventgrid', fault }]);
    const sending = events(HASTY_MS).send([givenEvent('1')]);
    await expect(sending).rejects.toMatchObject({ kind: 'timeout', retriable: true });
  });
});
