import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/azurite.ts';
import { eventually, givenHost, type TestHost } from './support.ts';

const NEVER_TICK = '0 0 0 29 2 *';

describe('timer functions', () => {
  let azurite: Azurite;

  const givenTimerHost = (hostId: string, tick: string) =>
    givenHost('timers', {
      settings: { AzureWebJobsStorage: azurite.connectionString, TICK: tick },
      arguments: ['--host-id', hostId],
    });

  const statusBlob = (hostId: string) =>
    BlobServiceClient.fromConnectionString(azurite.connectionString)
      .getContainerClient('azure-webjobs-hosts')
      .getBlockBlobClient(`timers/${hostId}/Host.Functions.yearly/status`);

  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  it('fire on time, on the second', async () => {
    const host = await givenTimerHost('on-time', '* * * * * *');
    await host.said('tick false');
    expect(await host.stop()).toBe(0);
  });

  it('that come round more than once a minute have no status, as in Azure', async () => {
    const host = await givenTimerHost('unmonitored', '* * * * * *');
    expect(await host.said('tick')).toContain('tick false null');
    await host.stop();
  });

  it('run once, past due, however many occurrences were missed', async () => {
    const first = await givenTimerHost('past-due', NEVER_TICK);
    await eventually('the first status', async () =>
      (await statusBlob('past-due').exists()) ? true : undefined,
    );
    await first.stop();
    expect(first.lines.join('\n')).not.toContain('yearly pastDue');

    const stored = JSON.parse((await statusBlob('past-due').downloadToBuffer()).toString());
    expect(stored.Next).toMatch(/^\d{4}-01-01T00:00:00\.000Z$/);
    const missed = { ...stored, Last: '2020-01-01T00:00:00.000Z' };
    const text = JSON.stringify(missed);
    await statusBlob('past-due').upload(text, text.length);

    const second = await givenTimerHost('past-due', NEVER_TICK);
    await second.said('yearly pastDue=true last=2020-01-01T00:00:00.000Z');
    await second.said('[yearly] Executed (Succeeded');
    await second.stop();

    const third = await givenTimerHost('past-due', NEVER_TICK);
    await third.said('[yearly] Timer started');
    await third.stop();
    expect(third.lines.join('\n')).not.toContain('yearly pastDue');
  });

  it('fire on one of two hosts, and on the other when the first has ended', async () => {
    const hosts = await Promise.all([
      givenTimerHost('two', '* * * * * *'),
      givenTimerHost('two', '* * * * * *'),
    ]);
    const ticks = (host: TestHost) => host.lines.filter((line) => line.includes('] tick')).length;
    const leader = await eventually('a host to tick', async () =>
      hosts.find((host) => ticks(host) >= 3),
    );
    const follower = hosts[0] === leader ? hosts[1] : hosts[0];
    expect(ticks(follower)).toBe(0);
    await leader.stop();
    await follower.said('] tick');
    await follower.stop();
  });

  it('are retried as their policy says', async () => {
    const host = await givenTimerHost('retried', NEVER_TICK);
    await host.said('try 1 retry 0');
    await host.said('try 2 retry 1');
    await host.said('try 3 retry 2');
    await host.said('[retried] Executed (Succeeded');
    await host.stop();
  });
});
