import { QueueClient } from '@azure/storage-queue';
import { expect, it, onTestFinished } from 'vitest';
import { startAzurite } from '../../local/azurite.ts';
import { LaterQueue } from '../../shared/azure/laterQueue.ts';

it('a pass that is put off is on the queue, and nobody sees it before its time', async () => {
  const azurite = await startAzurite();
  onTestFinished(() => azurite.stop());
  const { connectionString } = azurite;
  const passes = new LaterQueue('passes', {
    storage: { connectionString },
    credential: { getToken: () => Promise.reject(new Error('not needed with a key')) },
    callTimeoutMs: 20_000,
  });
  // The queue is made with the first message; more of them than go out at once.
  const later = Array.from({ length: 40 }, (_, index) => ({
    message: { accountId: `/a/${index}`, notAfter: 1 },
    delayMs: 3_600_000,
  }));
  const now = { message: { accountId: '/a/now', notAfter: 1 }, delayMs: 0 };
  await passes.put([...later, now, { message: { accountId: '/a/asked' }, delayMs: 0 }]);
  const queue = new QueueClient(connectionString, 'passes');
  expect((await queue.getProperties()).approximateMessagesCount).toBe(41);
  expect(await seenIn(queue)).toEqual([{ accountId: '/a/now', notAfter: 1 }]);
  const asked = new QueueClient(connectionString, 'passes-asked');
  expect(await seenIn(asked)).toEqual([{ accountId: '/a/asked' }]);
});

async function seenIn(queue: QueueClient): Promise<unknown[]> {
  const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
  return receivedMessageItems.map(({ messageText }) =>
    JSON.parse(Buffer.from(messageText, 'base64').toString()),
  );
}
