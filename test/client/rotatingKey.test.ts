import { inspect } from 'node:util';
import { isKeyCredential, isTokenCredential } from '@azure/core-auth';
import { describe, expect, it } from 'vitest';
import { Key } from '../../shared/service/key.ts';
import { givenKey, settle } from './fixtures.ts';

const MINUTE = 60_000;

describe('loading', () => {
  it('offers the key once it is loaded, and says what to do before', async () => {
    const { key } = givenKey();
    expect(() => key.key).toThrow('await ready()');
    await key.ready();
    expect(key.key).toBe('first-key');
  });

  it('is a KeyCredential to the Azure SDKs, and no TokenCredential', async () => {
    const { key } = givenKey();
    await key.ready();
    expect(isKeyCredential(key)).toBe(true);
    expect(isTokenCredential(key)).toBe(false);
  });

  it("shows Key Vault's error at start, and goes on trying in the background", async () => {
    const { key, secret, runtime } = givenKey();
    secret.failure = new Error('no such secret');
    await expect(key.ready()).rejects.toThrow('no such secret');
    secret.failure = undefined;
    await runtime.advance(1_000);
    expect(key.key).toBe('first-key');
  });

  it('reads once a second at most for all who wait for the first key', async () => {
    const { key, secret, runtime } = givenKey();
    secret.failure = new Error('vault away');
    const attempt = () => Promise.allSettled(Array.from({ length: 200 }, () => key.ready()));
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await attempt();
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']));
    }
    expect(secret.reads).toBe(1);
    secret.failure = undefined;
    await runtime.advance(1_000);
    await key.ready();
    expect(key.key).toBe('first-key');
  });

  it('takes the same fingerprint of a key as the service does', async () => {
    const { key } = givenKey();
    await key.ready();
    expect(key.fingerprint).toBe(new Key('first-key').fingerprint);
  });

  it('does not show its key when it is printed', async () => {
    const { key, notices } = givenKey();
    await key.ready();
    const printed = inspect(key, { showHidden: true, depth: 9 }) + JSON.stringify([key, notices]);
    expect(printed).not.toContain('first-key');
  });
});

describe('reloading', () => {
  it('serves all who ask during a read with one further read, begun after they asked', async () => {
    const { key, secret } = givenKey();
    let open = () => {};
    secret.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = key.reload('first');
    secret.value = 'second-key';
    const others = [key.reload('second'), key.reload('third')];
    open();
    await Promise.all([first, ...others]);
    expect(secret.reads).toBe(2);
    expect(key.key).toBe('second-key');
  });

  it('keeps the key at hand while Key Vault is away', async () => {
    const { key, secret, notices } = givenKey();
    await key.ready();
    secret.failure = new Error('vault away');
    expect(await key.reload('asked')).toBe(false);
    expect(key.key).toBe('first-key');
    expect(notices.at(-1)).toMatchObject({ kind: 'loadFailed', reasons: ['asked'] });
  });

  it('gives a read up that never ends', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    secret.gate = new Promise(() => {});
    const reload = key.reload('asked');
    secret.gate = undefined;
    secret.value = 'second-key';
    await runtime.advance(30_000);
    expect(await reload).toBe(false);
    await runtime.advance(1_000);
    expect(key.key).toBe('second-key');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('log broken');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('log broken'))],
  ])('survives a log that %s', async (_how, onNotice) => {
    const { key } = givenKey({ onNotice });
    await key.ready();
    await settle();
    expect(key.key).toBe('first-key');
  });
});

describe('an older version than the one at hand', () => {
  it('is not taken: a replica of the vault lags behind', async () => {
    const { key, secret, runtime, notices } = givenKey();
    secret.value = 'second-key';
    await key.ready();
    secret.behind = true;
    expect(await key.reload('asked')).toBe(false);
    expect(key.key).toBe('second-key');
    const { error } = notices.at(-1) as { error: Error };
    expect(error.message).toContain('1970-01-01T00:00:00.000Z, older than ours of');
    secret.behind = false;
    secret.value = 'third-key';
    await runtime.advance(1_000);
    expect(key.key).toBe('third-key');
  });

  it('is taken when the one at hand is refused: the secret may have been restored', async () => {
    const { key, secret, runtime } = givenKey();
    secret.value = 'second-key';
    await key.ready();
    await runtime.advance(1_000);
    secret.behind = true;
    expect(await key.replaceRefused('second-key')).toBe(true);
    expect(key.key).toBe('first-key');
  });
});

describe('a disabled secret', () => {
  it('leaves the key at hand in use and is polled as ever', async () => {
    const { key, secret, runtime, notices } = givenKey({ pollIntervalMs: 5_000 });
    await key.ready();
    secret.disabled = true;
    expect(await key.reload('asked')).toBe(true);
    expect(key.key).toBe('first-key');
    expect(key.disabled).toBe(true);
    expect(notices.at(-1)).toMatchObject({ kind: 'secretDisabled', reasons: ['asked'] });
    expect(runtime.pending).toEqual([5_000]);
  });
});

describe('polling', () => {
  it('reads the secret again after the interval, not before', async () => {
    const { key, secret, runtime } = givenKey({ pollIntervalMs: 10 * MINUTE });
    await key.ready();
    secret.value = 'second-key';
    await runtime.advance(10 * MINUTE - 1);
    expect(key.key).toBe('first-key');
    await runtime.advance(1);
    expect(key.key).toBe('second-key');
  });

  it('spreads the interval by up to 10 % either way', async () => {
    const { key, runtime } = givenKey({ pollIntervalMs: 10 * MINUTE });
    runtime.random = () => 0;
    await key.ready();
    expect(runtime.pending).toEqual([9 * MINUTE]);
  });

  it.each([1_000, 24 * 60 * MINUTE])('may be every %i ms', (pollIntervalMs) => {
    expect(() => givenKey({ pollIntervalMs })).not.toThrow();
  });

  it.each([0, -1, 999, Number.NaN, 24 * 60 * MINUTE + 1, Number.POSITIVE_INFINITY])(
    'is not begun every %s ms, which Node would take for without pause, or never',
    (pollIntervalMs) => {
      expect(() => givenKey({ pollIntervalMs })).toThrow('Expected pollIntervalMs from 1000');
    },
  );

  it('comes back sooner while Key Vault is away, each time later, up to the interval', async () => {
    const { key, secret, runtime } = givenKey({ pollIntervalMs: 5_000 });
    await key.ready();
    secret.failure = new Error('vault away');
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 6; round++) {
      waits.push(runtime.pending[0]);
      await runtime.advance(runtime.pending[0] ?? 0);
    }
    expect(waits).toEqual([5_000, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('starts the interval anew after every load', async () => {
    const { key, runtime } = givenKey({ pollIntervalMs: 5_000 });
    await key.ready();
    await runtime.advance(3_000);
    await key.reload('asked');
    expect(runtime.pending).toEqual([5_000]);
  });

  it('stops when it is closed, even with a read under way', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    let open = () => {};
    secret.gate = new Promise((resolve) => {
      open = resolve;
    });
    const reload = key.reload('asked');
    key.close();
    open();
    await reload;
    await settle();
    expect(runtime.pending).toEqual([]);
    expect(key.key).toBe('first-key');
  });
});

describe('a refused key', () => {
  it('is looked up once for all requests that met the refusal', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.value = 'second-key';
    expect(await key.replaceRefused('first-key')).toBe(true);
    expect(await key.replaceRefused('first-key')).toBe(true);
    expect(secret.reads).toBe(2);
  });

  it('is not looked up again within a second of the last read', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(999);
    expect(await key.replaceRefused('first-key')).toBe(false);
    expect(secret.reads).toBe(1);
    await runtime.advance(1);
    expect(await key.replaceRefused('first-key')).toBe(false);
    expect(secret.reads).toBe(2);
  });

  it('waits for a read that an event began just before', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.value = 'second-key';
    let open = () => {};
    secret.gate = new Promise((resolve) => {
      open = resolve;
    });
    const reload = key.reload('event');
    await runtime.advance(500);
    const replaced = key.replaceRefused('first-key');
    open();
    expect(await replaced).toBe(true);
    await reload;
    expect(secret.reads).toBe(2);
  });

  it('is looked up although the clock was set back by five minutes', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    runtime.clockErrorMs = -5 * MINUTE;
    await runtime.advance(1_000);
    secret.value = 'second-key';
    expect(await key.replaceRefused('first-key')).toBe(true);
  });

  it('is looked up at most once a second while Key Vault is away', async () => {
    const { key, secret, runtime } = givenKey();
    await key.ready();
    await runtime.advance(1_000);
    secret.failure = new Error('vault away');
    expect(await key.replaceRefused('first-key')).toBe(false);
    expect(await key.replaceRefused('first-key')).toBe(false);
    expect(secret.reads).toBe(2);
  });
});
