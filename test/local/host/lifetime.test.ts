import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventually, givenHost, isAlive } from './support.ts';

describe('a host that cannot start says why', () => {
  it('two functions of one name', async () => {
    await expect(givenHost('duplicate')).rejects.toThrow(
      /every function to have a name of its own, found "twice" and "Twice"/,
    );
  });

  it('a binding it does not have', async () => {
    await expect(givenHost('binding')).rejects.toThrow(
      /"onBlob": expected an input of type httpTrigger, .*, found blobTrigger/,
    );
  });

  it('a missing app setting', async () => {
    const settings = { AzureWebJobsStorage: 'UseDevelopmentStorage=true' };
    await expect(givenHost('triggers', { settings })).rejects.toThrow(
      /"echo": expected the app setting WORK_QUEUE, found none/,
    );
  });

  it('a missing storage connection', async () => {
    await expect(givenHost('triggers', { settings: { WORK_QUEUE: 'work' } })).rejects.toThrow(
      /connection string in the app setting AzureWebJobsStorage, found none/,
    );
  });

  it('a schedule that it cannot read', async () => {
    const settings = { AzureWebJobsStorage: 'UseDevelopmentStorage=true', TICK: '*/5 * * * *' };
    await expect(givenHost('timers', { settings })).rejects.toThrow(
      /"everySecond": expected a schedule of six fields .*: found 5 fields/,
    );
  });

  it('an app that throws while it is imported', async () => {
    await expect(givenHost('throwing')).rejects.toThrow(/app\.mjs failed .*broken at import/);
  });

  it('no app at all', async () => {
    await expect(givenHost('nothing')).rejects.toThrow(/found none for .*nothing\/\*\.mjs/);
  });

  it('an argument it does not know', async () => {
    await expect(givenHost('http', { arguments: ['--colour'] })).rejects.toThrow(/'--colour'/);
  });

  it('a number that is none', async () => {
    await expect(givenHost('http', { arguments: ['--drain-seconds', 'soon'] })).rejects.toThrow(
      '--drain-seconds: expected a whole number, got "soon"',
    );
  });

  it('a host.json that is not valid', async () => {
    await expect(givenHost('http', { hostJson: 'invalid.json' })).rejects.toThrow(
      /invalid\.json is not a valid host\.json:.*batchSize/s,
    );
  });

  it('a port in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(givenHost('http', { port })).rejects.toThrow(`found ${port} in use`);
    server.close();
  });
});

describe('a host starts', () => {
  it('with the files that a pattern with ** and {} matches', async () => {
    const host = await givenHost('http', { app: './{http,missing}/**/*.{js,ts}' });
    await host.said('Functions: hello, hello-world, files');
    await host.stop();
  });
});

describe('a host ends', () => {
  it('in order on SIGTERM: running calls are finished, the terminate hook runs, exit code 0', async () => {
    const host = await givenHost('http');
    const answer = fetch(`${host.url}/api/slow?ms=500`);
    await host.said('slow has begun');
    const stopped = host.stop();
    expect(await (await answer).text()).toBe('done');
    expect(await stopped).toBe(0);
    expect(host.lines).toContain('app has ended');
  });

  it('on SIGTERM even when a call does not', async () => {
    const host = await givenHost('http', { arguments: ['--drain-seconds', '1'] });
    const answer = fetch(`${host.url}/api/slow?ms=600000`).catch(() => 'cut');
    await host.said('slow has begun');
    expect(await host.stop()).toBe(0);
    expect(await answer).toBe('cut');
  });

  it('with an error when a call runs over the function time-out', async () => {
    const host = await givenHost('http', { arguments: ['--function-timeout', '00:00:01'] });
    const answer = fetch(`${host.url}/api/slow?ms=600000`).catch(() => 'cut');
    expect(await host.exited).toBe(1);
    expect(host.lines.join('\n')).toContain('[slow] Timed out after 1000 ms');
    expect(await answer).toBe('cut');
  });

  it('with its parent, and so does Azurite, even when the parent is killed', async () => {
    const script = fileURLToPath(new URL('./fixtures/parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script]);
    const line = await new Promise<string>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', resolve);
    });
    const pids = JSON.parse(line) as number[];
    expect(pids).toHaveLength(2);
    expect(pids.every(isAlive)).toBe(true);
    parent.kill('SIGKILL');
    await eventually('both children to end', async () => (pids.some(isAlive) ? undefined : true));
  });
});
