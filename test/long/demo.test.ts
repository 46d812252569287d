import { describe, expect, it } from 'vitest';
import { startDemo } from '../e2e/demoProcess.ts';

describe('npm start', () => {
  it('--once --faults --bundle rotates every account without a failed request, and leaves nothing behind', async () => {
    const demo = await startDemo('--once', '--json', '--faults', '--bundle', '--port', '0');
    const code = await demo.exited;
    expect(code, demo.lines.join('\n')).toBe(0);
    expect(demo.stdoutLines).toHaveLength(1);
    const summary = JSON.parse(demo.stdoutLines[0] ?? '');
    expect(summary).toMatchObject({ accounts: 6, requestsFailed: 0, accountsSkipped: 1 });
    expect(summary.problems).toEqual([]);
    expect(summary.rotationsCompleted).toBeGreaterThanOrEqual(5);
    expect(summary.requestsServed).toBeGreaterThan(1_000);
    // Adoption and one rotation of five accounts: Key2 twice, Key1 once.
    expect(summary.keysRegenerated.Key1).toBeGreaterThanOrEqual(5);
    expect(summary.keysRegenerated.Key2).toBeGreaterThanOrEqual(10);
    expect(summary.staleKeysConfirmedDead).toBe(
      summary.keysRegenerated.Key1 + summary.keysRegenerated.Key2,
    );
    expect(summary.eventsDelivered).toBeGreaterThan(0);
    // Adoption and one rotation at least, of the account that requires it: all are acknowledged.
    expect(summary.acknowledgements.received).toBeGreaterThanOrEqual(2);
    expect(demo.lines.some((line) => /^contoso-multi .* (\d+)\/\1$/.test(line))).toBe(true);
    expect(demo.lines.join('\n')).toContain('event-app uses the active key');
    await demo.untilNoProcess();
    expect(await demo.leftFiles()).toEqual([]);
    const { accepted, problems } = await demo.eventReport();
    expect(problems).toEqual([]);
    // Adoption and one rotation of five accounts, each told of at its beginning and at its end.
    expect(accepted).toBeGreaterThanOrEqual(20);
  });
});
