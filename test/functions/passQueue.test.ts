import { InvocationContext } from '@azure/functions';
import { expect, it } from 'vitest';
import { passOutputs, passQueueOf } from '../../functions/wiring/passQueue.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { TelemetryEntry } from '../../shared/service/ports.ts';

const NOW = { accountId: '/now', notAfter: 1 };
const LATER = { accountId: '/later', notAfter: 1 };
const ASKED = { accountId: '/asked' };

function givenQueue(put: () => Promise<void>) {
  const context = new InvocationContext();
  const said: TelemetryEntry[] = [];
  const queue = passQueueOf(context, {
    later: { put },
    telemetry: { record: (entry) => void said.push(entry) },
  });
  return { queue, said, sent: () => passOutputs.map((output) => context.extraOutputs.get(output)) };
}

it('sends what goes out at once also where the rest could not be put off, and says so', async () => {
  const failure = new Failure('unavailable', 'put a message: 503');
  const { queue, said, sent } = givenQueue(() => Promise.reject(failure));
  await queue.enqueue([NOW, LATER], [0, 30_000]);
  expect(sent()).toEqual([[NOW], []]);
  expect(said).toMatchObject([{ level: 'warn', reason: 'Throttled' }]);
  expect(said[0]?.message).toContain('put a message: 503');
});

it('keeps what somebody asked for apart from what ticks send', async () => {
  const { queue, sent } = givenQueue(() => Promise.resolve());
  await queue.enqueue([ASKED, NOW]);
  expect(sent()).toEqual([[NOW], [ASKED]]);
  expect(passOutputs.map(({ queueName }) => queueName)).toEqual([
    '%TWINKEY_QUEUE%',
    '%TWINKEY_QUEUE%-asked',
  ]);
});

it('hides no defect', async () => {
  const { queue } = givenQueue(() => Promise.reject(new TypeError('a defect')));
  await expect(queue.enqueue([NOW, LATER], [0, 30_000])).rejects.toThrow('a defect');
});
