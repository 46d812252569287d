import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/azurite.ts';
import { base64, eventually, fromBase64, givenHost, queues, type TestHost } from './support.ts';

describe('queue functions', () => {
  let azurite: Azurite;
  let queue: ReturnType<typeof queues>;

  const givenQueueHost = (settings: Record<string, string> = {}, hiddenSeconds = 600) =>
    givenHost('triggers', {
      settings: {
        AzureWebJobsStorage: azurite.connectionString,
        WORK_QUEUE: 'work',
        ...settings,
      },
      arguments: ['--queue-hidden-seconds', String(hiddenSeconds)],
    });

  beforeAll(async () => {
    azurite = await startAzurite();
    queue = queues(azurite.connectionString);
  });
  afterAll(() => azurite.stop());

  describe('on one host', () => {
    let host: TestHost;

    beforeAll(async () => {
      host = await givenQueueHost();
    });
    afterAll(() => host.stop());

    it('take a JSON message and send what they return and output, in base64', async () => {
      await queue.put('work', base64('{"account":"ä"}'));
      const [returned = ''] = await queue.take('returned', 1);
      expect(JSON.parse(fromBase64(returned))).toEqual({ returned: { account: 'ä' } });
      const results = (await queue.take('results', 2)).map(fromBase64).sort();
      expect(results[0]).toBe('raw text');
      expect(JSON.parse(results[1] ?? '')).toEqual({
        message: { account: 'ä' },
        dequeueCount: 1,
        hasId: true,
      });
      await eventually('the message to be deleted', async () =>
        (await queue.count('work')) === 0 ? true : undefined,
      );
    });

    it('work through more messages than one batch holds', async () => {
      const texts = Array.from({ length: 10 }, (_value, index) => `m${index}`);
      for (const text of texts) await queue.put('work', base64(text));
      const returned = (await queue.take('returned', 10)).map(
        (stored) => (JSON.parse(fromBase64(stored)) as { returned: string }).returned,
      );
      expect(returned.sort()).toEqual(texts);
    });

    it('see a message again that they failed on, until it is moved to the poison queue', async () => {
      await queue.put('failing', base64('"bad"'));
      await host.said('failed on try 1');
      await host.said('failed on try 2');
      const [poisoned = ''] = await queue.take('failing-poison', 1);
      expect(fromBase64(poisoned)).toBe('"bad"');
      expect(host.lines.filter((line) => line.includes('Error: failed on try'))).toHaveLength(2);
      // It is put into the other queue first.
      await eventually('it to leave its queue', async () =>
        (await queue.count('failing')) === 0 ? true : undefined,
      );
    });

    it('never see a message in the wrong encoding: it goes to the poison queue as it is', async () => {
      await queue.put('work', '{"not":"base64"}');
      expect(await queue.take('work-poison', 1)).toEqual(['{"not":"base64"}']);
    });
  });

  it('lose no message to a host that dies: another host is given it again', async () => {
    const dying = await givenQueueHost({ HANG_MS: '3600000' }, 2);
    await queue.put('hanging', base64('work'));
    await dying.said('hanging on try 1');
    dying.kill('SIGKILL');
    expect(await dying.exited).toBe('SIGKILL');

    const next = await givenQueueHost();
    await next.said('hanging on try 2');
    expect(await next.stop()).toBe(0);
  });

  it('keep a message hidden for as long as they work on it', async () => {
    const busy = await givenQueueHost({ HANG_MS: '7000' }, 3);
    await queue.put('hanging', base64('long'));
    await busy.said('hanging on try 1');
    const idle = await givenQueueHost({}, 3);
    await busy.said('[hanging] Executed (Succeeded');
    await eventually('the message to be deleted', async () =>
      (await queue.count('hanging')) === 0 ? true : undefined,
    );
    expect(idle.lines.join('\n')).not.toContain('hanging on try');
    await Promise.all([busy.stop(), idle.stop()]);
  });
});
