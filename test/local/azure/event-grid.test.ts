import { describe, expect, it, vi } from 'vitest';
import { ManualTime } from '../../../local/azure/index.ts';
import { givenAzure } from './given-azure.ts';
import { request } from './https-request.ts';
import { givenWebhook } from './webhook.ts';

const start = Date.UTC(2030, 0, 1);

function event(id: string, type = 'Twinkey.KeyActivated.v1', subject = '/accounts/lang') {
  return { id, type, subject, source: '/twinkey/test', data: { fingerprint: 'abc' } };
}

async function givenTopic() {
  const time = new ManualTime(start);
  const { azure, publisher } = await givenAzure({ time });
  const attempts = (count: number) =>
    vi.waitFor(() => expect(azure.model.topic.attempts).toHaveLength(count));
  return { azure, publisher, time, attempts };
}

describe('simulated Event Grid', () => {
  it('delivers to a webhook that agreed, and not to one that did not', async () => {
    const { azure, publisher, attempts } = await givenTopic();
    const agreeing = await givenWebhook([200], 'eventgrid.azure.net');
    const silent = await givenWebhook([200]);
    expect(await azure.subscribe({ name: 'a', endpoint: agreeing.endpoint })).toBe(true);
    expect(await azure.subscribe({ name: 'b', endpoint: silent.endpoint })).toBe(false);
    await publisher.send([event('1'), event('2')]);
    await attempts(2);
    expect(new Set(agreeing.received.map(({ id }) => id))).toEqual(new Set(['1', '2']));
    expect(agreeing.received[0]).toMatchObject({ subscription: 'a', deliveryCount: 0 });
    expect(silent.received).toEqual([]);
    expect(azure.model.topic.accepted).toHaveLength(2);
  });

  it('filters by event type and by the beginning of the subject', async () => {
    const { azure, publisher, attempts } = await givenTopic();
    const hook = await givenWebhook([200], '*');
    const filter = { eventTypes: ['Wanted'], subjectBeginsWith: '/ACCOUNTS/l' };
    await azure.subscribe({ name: 'a', endpoint: hook.endpoint, ...filter });
    await publisher.send([
      event('1', 'Other'),
      event('2', 'Wanted', '/accounts/x'),
      event('3', 'Wanted'),
    ]);
    await attempts(1);
    expect(hook.received.map(({ id }) => id)).toEqual(['3']);
  });

  it('tries again after 10 s and after 30 s more', async () => {
    const { azure, publisher, time, attempts } = await givenTopic();
    const hook = await givenWebhook([503, 500, 200], '*');
    await azure.subscribe({ name: 'a', endpoint: hook.endpoint });
    await publisher.send([event('1')]);
    await attempts(1);
    time.advance(9_999);
    expect(hook.received).toHaveLength(1);
    time.advance(1);
    await attempts(2);
    time.advance(30_000);
    await attempts(3);
    expect(hook.received.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 1, 2]);
    expect(azure.model.topic.nextDueAt()).toBeUndefined();
  });

  it('gives up on an answer after 30 s and counts that as a failure', async () => {
    const { azure, publisher, time, attempts } = await givenTopic();
    const hook = await givenWebhook([null, 200], '*');
    await azure.subscribe({ name: 'a', endpoint: hook.endpoint });
    await publisher.send([event('1')]);
    await hook.reached(1);
    time.advance(30_000);
    await attempts(1);
    expect(azure.model.topic.attempts[0]?.status).toBeUndefined();
    time.advance(10_000);
    await attempts(2);
    expect(azure.model.topic.attempts[1]?.status).toBe(200);
  });

  it('puts what the endpoint rejects among the dead letters at once', async () => {
    const { azure, publisher, attempts } = await givenTopic();
    const hook = await givenWebhook([400], '*');
    await azure.subscribe({ name: 'a', endpoint: hook.endpoint });
    await publisher.send([event('1')]);
    await attempts(1);
    expect(azure.model.topic.deadLetters).toMatchObject([
      { subscription: 'a', reason: 'RejectedByEndpoint' },
    ]);
  });

  it('delivers twice when told to', async () => {
    const { azure, publisher, attempts } = await givenTopic();
    const hook = await givenWebhook([200], '*');
    await azure.subscribe({ name: 'a', endpoint: hook.endpoint });
    azure.model.topic.copies = 2;
    await publisher.send([event('1')]);
    await attempts(2);
    expect(hook.received.map(({ id }) => id)).toEqual(['1', '1']);
  });

  it('refuses what is malformed, too large, or comes without the right token', async () => {
    const { azure } = await givenTopic();
    const post = async (body: unknown, resource = 'https://eventgrid.azure.net/') => {
      const answer = await request(azure, `${azure.topicEndpoint}?api-version=2018-01-01`, {
        method: 'POST',
        headers: { authorization: `Bearer ${azure.model.tokens.issue(resource).token}` },
        body: JSON.stringify(body),
      });
      return answer.status;
    };
    const valid = { specversion: '1.0', id: '1', source: '/s', type: 't' };
    expect(await post([valid])).toBe(200);
    expect(await post(valid)).toBe(400);
    expect(await post([valid, { ...valid, id: '' }])).toBe(400);
    expect(await post([{ ...valid, data: 'x'.repeat(1024 * 1024) }])).toBe(413);
    expect(await post([valid], 'https://vault.azure.net')).toBe(401);
    expect(azure.model.topic.accepted).toHaveLength(1);
  });
});
