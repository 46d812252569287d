import { describe, expect, it } from 'vitest';
import { NO_IDENTITY, NoToken } from '../../shared/azure/credentialTrouble.ts';
import { Failure } from '../../shared/core/failures.ts';
import {
  accountId,
  all,
  credentialOf,
  givenAzure,
  givenDetour,
  HASTY_MS,
  LANG,
  NOW,
  subscriptionId,
} from './fixtures.ts';

const regenerations = { service: 'arm', operation: 'regenerateKey' } as const;

describe('reading accounts', () => {
  it('tells what decisions need, with the id lower-cased', async () => {
    const { azure, accounts } = await givenAzure({
      accounts: [
        {
          name: 'Lang',
          kind: 'TextAnalytics',
          tags: { team: 'blue' },
          disableLocalAuth: true,
          networkAcls: { defaultAction: 'Deny', ipRules: [] },
        },
      ],
    });

    const account = await accounts().get(LANG);

    expect(account).toEqual({
      id: LANG,
      name: 'Lang',
      kind: 'TextAnalytics',
      location: 'westeurope',
      endpoint: azure.model.accounts.get(LANG).endpoint.replace(/\/$/, ''),
      tags: { team: 'blue' },
      provisioningState: 'Succeeded',
      keyless: true,
      networkRestricted: true,
      customSubdomain: true,
    });
  });

  it('is null for an account that ARM does not know', async () => {
    const { accounts } = await givenAzure();
    expect(await accounts().get(accountId('nobody'))).toBeNull();
  });

  it('reads both keys', async () => {
    const { azure, accounts } = await givenAzure();
    const { key1, key2 } = azure.model.accounts.listKeys(LANG);
    const keys = await accounts().listKeys(LANG);
    expect([keys.Key1.reveal(), keys.Key2.reveal()]).toEqual([key1, key2]);
  });

  it('reads again after a dropped connection and a 503', async () => {
    const { azure, accounts } = await givenAzure();
    azure.model.faults.set([
      { service: 'arm', times: 1, fault: { kind: 'drop' } },
      { service: 'arm', times: 1, fault: { kind: 'status', status: 503 } },
    ]);
    await expect(accounts().listKeys(LANG)).resolves.toBeDefined();
  });

  it('does not wait out a throttled read, but says how long ARM asks to wait', async () => {
    const { azure, accounts } = await givenAzure();
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 17 } as const;
    azure.model.faults.set([{ service: 'arm', fault }]);
    await expect(accounts().listKeys(LANG)).rejects.toMatchObject({
      name: 'Failure',
      kind: 'throttled',
      retriable: true,
      retryAfterMs: 17_000,
    });
    expect(azure.model.log.count({ service: 'arm' })).toBe(1);
  });

  it('fails as a time-out when ARM never answers', async () => {
    const { azure, accounts } = await givenAzure();
    azure.model.faults.set([{ service: 'arm', fault: { kind: 'lateEffect', afterMs: 3_600_000 } }]);
    const reading = accounts({ callTimeoutMs: HASTY_MS }).listKeys(LANG);
    await expect(reading).rejects.toMatchObject({ kind: 'timeout', retriable: true });
  });

  it('names status and error code, and nothing that was sent', async () => {
    const { azure, accounts } = await givenAzure({
      accounts: [{ name: 'lang', disableLocalAuth: true }],
    });
    await expect(accounts().listKeys(LANG)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/^listKeys of \S+\/accounts\/lang: 400 BadRequest/),
    });
    expect(azure.model.log.count({ operation: 'listKeys', end: 400 })).toBe(1);
  });
});

describe('discovering accounts', () => {
  it('yields those with the tag, across pages', async () => {
    const tags = { 'Key-Rotation': 'enabled' };
    const names = ['a1', 'a2', 'a3', 'a4', 'a5'];
    const { accounts } = await givenAzure({
      accounts: [
        ...names.map((name) => ({ name, tags })),
        { name: 'untagged' },
        { name: 'excluded', tags: { 'key-rotation': 'disabled' } },
        { name: 'misspelt', tags: { 'key-rotation': 'enable' } },
      ],
      arm: { pageSize: 2 },
    });
    const found = accounts({ subscriptionIds: [subscriptionId(1)] });

    const ids = (await all(found.discover(subscriptionId(1)))).map(({ name }) => name);

    expect(ids).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'misspelt']);
  });

  it('fails for a subscription that cannot be listed, by its name', async () => {
    const { azure, accounts } = await givenAzure();
    const fault = { kind: 'status', status: 403 } as const;
    azure.model.faults.set([{ operation: 'listAccounts', times: 1, fault }]);
    const listing = all(accounts().discover(subscriptionId(1)));

    await expect(listing).rejects.toThrow(new RegExp(`subscription ${subscriptionId(1)}: 403`));
    await expect(listing).rejects.toBeInstanceOf(Failure);
  });
});

describe('switching keys off', () => {
  it('changes the switch and nothing else, and can be done again', async () => {
    const { azure, accounts } = await givenAzure();
    const { disableLocalAuth, etag, ...before } = { ...azure.model.accounts.get(LANG) };
    for (let times = 0; times < 2; times++) {
      expect((await accounts().disableKeys(LANG, NOW)).kind).toBe('done');
    }
    const account = azure.model.accounts.get(LANG);
    expect(account).toMatchObject({ ...before, disableLocalAuth: true });
    expect((await accounts().get(LANG))?.keyless).toBe(true);
    expect([disableLocalAuth, etag]).not.toContain(account.etag);
  });

  it('is sent once at most, and not at all after its time', async () => {
    const { azure, accounts } = await givenAzure();
    const switches = { service: 'arm', operation: 'updateAccount' } as const;
    expect(await accounts().disableKeys(LANG, NOW - 1)).toEqual({ kind: 'notSent' });
    azure.model.faults.set([{ ...switches, fault: { kind: 'status', status: 500 } }]);
    expect((await accounts().disableKeys(LANG, NOW)).kind).toBe('unknown');
    azure.model.faults.set([{ ...switches, fault: { kind: 'status', status: 403 } }]);
    expect((await accounts().disableKeys(LANG, NOW)).kind).toBe('refused');
    expect(azure.model.log.count(switches)).toBe(2);
  });
});

describe('regenerating a key', () => {
  it('answers both keys, one of them new', async () => {
    const { azure, accounts } = await givenAzure();
    const before = azure.model.accounts.listKeys(LANG);

    const outcome = await accounts().regenerateKey(LANG, 'Key2', NOW);

    const after = azure.model.accounts.listKeys(LANG);
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    expect(outcome.value.Key1.reveal()).toBe(before.key1);
    expect(outcome.value.Key2.reveal()).toBe(after.key2);
    expect(after.key2).not.toBe(before.key2);
  });

  it.each([
    ['a lost response', { kind: 'loseResponse' }, 'unavailable'],
    ['a dropped connection', { kind: 'drop' }, 'unavailable'],
    ['a 500', { kind: 'status', status: 500 }, 'unavailable'],
    [
      'a 503 with Retry-After',
      { kind: 'status', status: 503, retryAfterSeconds: 0 },
      'unavailable',
    ],
    ['a 408', { kind: 'status', status: 408 }, 'timeout'],
  ] as const)('is unknown after %s, and is not sent again', async (_, fault, kind) => {
    const { azure, accounts } = await givenAzure();
    azure.model.faults.set([{ ...regenerations, times: 1, fault }]);

    const outcome = await accounts().regenerateKey(LANG, 'Key2', NOW);

    expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind } });
    expect(azure.model.log.count(regenerations)).toBe(1);
  });

  it('is unknown when ARM never answers', async () => {
    const { azure, accounts } = await givenAzure();
    const fault = { kind: 'lateEffect', afterMs: 3_600_000 } as const;
    azure.model.faults.set([{ ...regenerations, fault }]);
    const outcome = await accounts({ callTimeoutMs: HASTY_MS }).regenerateKey(LANG, 'Key2', NOW);
    expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout' } });
  });

  it.each([
    [429, 'throttled', 7_000],
    [409, 'conflict', undefined],
    [403, 'forbidden', undefined],
  ] as const)('is refused after a %i', async (status, kind, retryAfterMs) => {
    const { azure, accounts } = await givenAzure();
    const retryAfter = retryAfterMs && { retryAfterSeconds: retryAfterMs / 1000 };
    const fault = { kind: 'status', status, ...retryAfter } as const;
    azure.model.faults.set([{ ...regenerations, times: 1, fault }]);

    const outcome = await accounts().regenerateKey(LANG, 'Key2', NOW);

    expect(outcome).toMatchObject({ kind: 'refused', failure: { kind, retryAfterMs } });
    expect(azure.model.log.count(regenerations)).toBe(1);
  });

  it('is refused when nobody listens', async () => {
    const { azure, accounts } = await givenAzure();
    await azure.close();
    const outcome = await accounts().regenerateKey(LANG, 'Key2', NOW);
    expect(outcome).toMatchObject({ kind: 'refused', failure: { kind: 'unavailable' } });
  });

  it('is refused when there is no token', async () => {
    const { azure, accounts } = await givenAzure();
    const credential = credentialOf(azure, () => {
      throw new NoToken([{ name: 'Azure CLI', trouble: NO_IDENTITY }]);
    });
    const outcome = await accounts({ credential }).regenerateKey(LANG, 'Key2', NOW);
    expect(outcome).toMatchObject({ kind: 'refused', failure: { kind: 'unauthorized' } });
  });
});

describe('the deadline of a regenerate', () => {
  it.each([
    ['just before', NOW + 1, 'done'],
    ['at', NOW, 'done'],
    ['just after', NOW - 1, 'notSent'],
  ])('sent %s it', async (_, sendBy, kind) => {
    const { azure, accounts } = await givenAzure();
    const outcome = await accounts().regenerateKey(LANG, 'Key2', sendBy);
    expect(outcome.kind).toBe(kind);
    expect(azure.model.log.count(regenerations)).toBe(kind === 'done' ? 1 : 0);
  });

  it('is looked at after the token was fetched', async () => {
    const { azure, accounts } = await givenAzure();
    let now = NOW;
    const credential = credentialOf(azure, () => {
      now += 60_001;
    });
    const slow = accounts({ credential, clock: { now: () => now } });
    expect(await slow.regenerateKey(LANG, 'Key2', NOW + 60_000)).toEqual({ kind: 'notSent' });
    expect(azure.model.log.count(regenerations)).toBe(0);
  });

  it('is looked at once more when the connection is open', async () => {
    const { azure, accounts } = await givenAzure();
    let now = NOW;
    // As for a process that was frozen amid the handshake and woke long after.
    const armEndpoint = await givenDetour(azure.armEndpoint, () => {
      now += 60_001;
    });
    const late = accounts({ armEndpoint, clock: { now: () => now } });
    expect(await late.regenerateKey(LANG, 'Key2', NOW + 60_000)).toEqual({ kind: 'notSent' });
    expect(azure.model.log.count(regenerations)).toBe(0);
    expect(await late.regenerateKey(LANG, 'Key2', now + 60_001)).toMatchObject({ kind: 'done' });
  });

  it('lets nothing out once the attempt was given up waiting for a token', async () => {
    const { azure, accounts } = await givenAzure();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const credential = credentialOf(azure, () => held);
    const stuck = accounts({ credential, callTimeoutMs: HASTY_MS });

    const outcome = await stuck.regenerateKey(LANG, 'Key2', NOW);
    release();
    await accounts().listKeys(LANG);

    expect(outcome).toMatchObject({ kind: 'refused', failure: { kind: 'timeout' } });
    expect(azure.model.log.count(regenerations)).toBe(0);
  });

  it('of one attempt is not taken for that of another under way', async () => {
    const { azure, accounts } = await givenAzure();
    const shared = accounts();
    const [late, timely] = await Promise.all([
      shared.regenerateKey(LANG, 'Key1', NOW - 1),
      shared.regenerateKey(LANG, 'Key2', NOW),
    ]);
    expect([late.kind, timely.kind]).toEqual(['notSent', 'done']);
    expect(azure.model.log.count(regenerations)).toBe(1);
  });
});
