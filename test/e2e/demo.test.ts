import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDemo } from './demoProcess.ts';

describe('npm start', () => {
  it('--once --json rotates every account without a failed request', {
    timeout: 100_000,
  }, async () => {
    const demo = await startDemo('--once', '--json', '--port', '0');
    const code = await demo.exited;
    expect(code, demo.lines.join('\n')).toBe(0);
    const summary = JSON.parse(demo.lines.at(-1) ?? '');
    expect(summary).toMatchObject({ accounts: 6, requestsFailed: 0, accountsSkipped: 1 });
    expect(summary.rotationsCompleted).toBeGreaterThanOrEqual(5);
    expect(summary.requestsServed).toBeGreaterThan(1_000);
    // Adoption and one rotation of five accounts: Key2 twice, Key1 once.
    expect(summary.keysRegenerated.Key1).toBeGreaterThanOrEqual(5);
    expect(summary.keysRegenerated.Key2).toBeGreaterThanOrEqual(10);
    expect(summary.staleKeysConfirmedDead).toBe(
      summary.keysRegenerated.Key1 + summary.keysRegenerated.Key2,
    );
    expect(summary.eventsDelivered).toBeGreaterThan(0);
    expect(summary.durationMs).toBeLessThan(90_000);
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
  });

  it('leaves no process and no file behind after Ctrl-C', async () => {
    const demo = await startDemo('--port', '0');
    await demo.untilLine(/^Ctrl-C ends it/);
    expect(await demo.leftFiles()).not.toEqual([]);
    demo.pressCtrlC();
    expect(await demo.exited).toBe(0);
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
  });

  it('names the port that is taken, and leaves nothing behind', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const demo = await startDemo('--port', String(port));
    expect(await demo.exited).toBe(1);
    expect(demo.lines.join('\n')).toContain(`found ${port} in use`);
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
  });

  it('refuses an unknown option and shows how it is used', async () => {
    const demo = await startDemo('--twice');
    expect(await demo.exited).toBe(2);
    expect(demo.lines.join('\n')).toMatch(/--twice.*Usage: npm start/s);
  });
});
