import { describe, expect, it } from 'vitest';
import { EVENT_EXAMPLES } from '../../shared/api/events/examples.ts';
import { CLOUDS } from '../../shared/azure/clouds.ts';
import { TopicEvents } from '../../shared/azure/events.ts';
import { EVENT_TYPES, type RotationEvent } from '../../shared/core/events.ts';
import { expectContractKept } from '../contract/eventContract.ts';
import { givenAzure, HASTY_MS } from './fixtures.ts';

/** A RotationFailed of the published form, with this id and message. */
function givenEvent(id: string, message = ''): RotationEvent {
  const example = EVENT_EXAMPLES.find(({ type }) => type === EVENT_TYPES.rotationFailed);
  if (example?.type !== EVENT_TYPES.rotationFailed) throw new Error('no example');
  return { ...example, id, data: { ...example.data, message } };
}

async function givenTopic() {
  const { azure, credential } = await givenAzure();
  const events = (callTimeoutMs = 20_000) =>
    new TopicEvents({
      topicEndpoint: azure.topicEndpoint,
      topicScope: CLOUDS.public.topicScope,
      credential,
      callTimeoutMs,
    });
  return { azure, events };
}

describe('sending events', () => {
  it.each(EVENT_EXAMPLES)('sends $type with every attribute as it is', async (event) => {
    const { azure, events } = await givenTopic();

    await events().send([event]);

    expect(azure.model.topic.accepted.map(({ event: accepted }) => accepted)).toEqual([event]);
    expectContractKept(azure.model.topic);
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
