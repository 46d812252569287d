import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spawnApp } from '../../local/apps/appProcess.ts';
import { tryEveryKey } from '../../local/demo/oldKeys.ts';
import { runOps } from '../../ops/run.ts';
import type { AccountDetailView, HistoryView } from '../../shared/api/views.ts';
import { givenEnvironment, type TestEnvironment } from './environment.ts';

const NAME = 'ops-language';

/** Both keys stay valid for longer than the test runs: what happens to them, a command makes happen. */
const TAGS = {
  'key-rotation-overlap': 'PT1H',
  'key-rotation-period': 'P30D',
  'key-rotation-subscribers': 'billing',
};

describe('the command line', () => {
  it('sees and steers the real service', async () => {
    const environment = await givenEnvironment({
      accounts: [{ name: NAME, kind: 'TextAnalytics', tags: TAGS }],
      listed: [NAME],
      settings: { TWINKEY_CHECK_INTERVAL: 'PT1S' },
    });
    const ops = commandsOf(environment);
    const until = (is: (account: AccountDetailView) => boolean) => untilAccount(ops, is);

    const adopted = await until(({ phase }) => phase === 'overlap');
    const early = await ops('rotate', NAME, '--reason', 'too early');
    expect(early).toMatchObject({ code: 1, out: '' });
    expect(early.error).toContain('has to end first');

    const app = await givenApp(environment);
    await app.untilServed(20);
    const leak = ['--slot', 'both', '--overlap', 'PT0S', '--reason', 'leaked in a paste', '--wait'];
    const leaked = await ops('compromised', NAME, ...leak);
    expect(leaked).toMatchObject({ code: 0, out: expect.stringContaining('ended at') });
    const clean = await until(({ phase }) => phase === 'idle');
    expect(clean.fingerprint).not.toBe(adopted.fingerprint);
    await app.untilServed(40);
    expect(await app.stop()).toMatchObject({ failed: 0, lastFailure: null });
    const { old, oldRefused } = await tryEveryKey(
      environment.account(NAME),
      environment.azure.caPem,
    );
    // The two that leaked, and one that took the place of the first and made way itself.
    expect([old, oldRefused]).toEqual([3, 3]);

    expect((await ops('hold', NAME, '--reason', 'launch week')).code).toBe(0);
    expect((await ops('status', NAME)).out).toMatch(/hold +held by .*launch week/);
    expect((await ops('release', NAME)).code).toBe(0);
    expect((await ops('hold', '--all', '--reason', 'freeze')).code).toBe(0);
    expect((await ops('status')).out).toContain('until released: freeze');
    expect((await ops('release', '--all')).code).toBe(0);

    expect((await ops('rotate', NAME, '--reason', 'now')).code).toBe(0);
    const rotated = await until(({ phase, fingerprint }) => {
      return phase === 'overlap' && fingerprint !== clean.fingerprint;
    });
    const acknowledge = ['acknowledge', NAME, '--subscriber', 'billing', '--fingerprint'];
    expect((await ops(...acknowledge, clean.fingerprint ?? '')).code).toBe(1);
    const acknowledged = await ops(...acknowledge, rotated.fingerprint ?? '');
    expect(acknowledged).toMatchObject({ code: 0, out: 'Acknowledged. Still missing: nobody.\n' });
    expect((await ops('rollback', NAME, '--reason', 'an app broke')).code).toBe(0);
    await until(({ fingerprint }) => fingerprint === clean.fingerprint);

    await expectViews(ops);
  });
});

/** An app that calls the account without pause, and reloads its key when an event says so. */
async function givenApp({ azure, vaultUrl, clientSettings, account }: TestEnvironment) {
  const { name, kind, location, endpoint } = account(NAME);
  const accounts = [{ name, kind, location, endpoint, secretName: `${NAME}-key` }];
  const app = await spawnApp({
    app: 'eventApp',
    configuration: { type: 'start', vaultUrl, pollIntervalMs: 600_000, accounts },
    settings: clientSettings,
    onLine: (line) => expect.unreachable(line),
  });
  onTestFinished(() => app.stop());
  await azure.subscribe({ name: 'app', endpoint: app.webhookUrl ?? '' });
  const untilServed = async (more: number) => {
    const enough = (app.counters()[NAME]?.served ?? 0) + more;
    while ((app.counters()[NAME]?.served ?? 0) < enough) await sleep(50);
  };
  const stop = async () => {
    await app.stop();
    return app.counters()[NAME];
  };
  return { untilServed, stop };
}

type Ops = ReturnType<typeof commandsOf>;

async function expectViews(ops: Ops): Promise<void> {
  expect((await ops('plan')).out).toMatch(new RegExp(`\\n${NAME} `));
  expect((await ops('plan', '--format', 'ics')).out).toContain('BEGIN:VCALENDAR');
  const lines = (await ops('history', NAME, '--format', 'jsonl')).out.trim().split('\n');
  const causes = lines.map((line) => (JSON.parse(line) as HistoryView).cause);
  expect(causes).toEqual(expect.arrayContaining(['adoption', 'compromised', 'manual', 'rollback']));
  const csv = (await ops('history', NAME, '--format', 'csv')).out;
  expect(csv.trim().split('\r\n').length).toBe(lines.length + 1);
  expect((await ops('status', 'nobody')).code).toBe(1);
  expect((await ops('status', '--key-file', import.meta.filename)).code).toBe(2);
}

/** Runs commands against the local host, with the key from its file. */
function commandsOf({ host, functionKeyFile }: TestEnvironment) {
  return async (...args: string[]) => {
    const seen = { out: '', error: '' };
    const code = await runOps(
      ['--url', `${host.url}/api`, '--key-file', functionKeyFile, ...args],
      {
        environment: {},
        fetch,
        write: (text) => {
          seen.out += text;
        },
        writeError: (text) => {
          seen.error += text;
        },
        now: () => Date.now(),
        sleep: (ms) => sleep(ms),
        newId: () => crypto.randomUUID(),
        readFile: (path) => readFileSync(path, 'utf8'),
      },
    );
    return { code, ...seen };
  };
}

async function untilAccount(
  ops: Ops,
  is: (account: AccountDetailView) => boolean,
): Promise<AccountDetailView> {
  for (;;) {
    const { out } = await ops('status', NAME, '--json');
    const account = out === '' ? undefined : (JSON.parse(out) as AccountDetailView);
    if (account && is(account)) return account;
    await sleep(100);
  }
}
