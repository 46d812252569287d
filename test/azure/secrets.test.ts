import { describe, expect, it } from 'vitest';
import type { SecretVersion as StoredVersion } from '../../local/azure/model/secret.ts';
import { newestOf } from '../../shared/azure/secretVersion.ts';
import { Key } from '../../shared/service/key.ts';
import { credentialOf, givenAzure, HASTY_MS, LANG, NOW } from './fixtures.ts';

const KEY = new Key('0123456789abcdef0123456789abcdef');
const NEXT_KEY = new Key('fedcba9876543210fedcba9876543210');
const EXPIRY = Date.UTC(2026, 3, 1);
const writes = { service: 'vault', operation: 'setSecret' } as const;

async function givenVault() {
  const given = await givenAzure();
  const vault = given.azure.model.vaults.get('main');
  if (!vault) throw new Error('no vault');
  const publish = (value: Key, tags: Record<string, string> = {}, sendBy = NOW) =>
    given.secrets().publish(given.ref, { value, tags, expiresAt: EXPIRY }, sendBy);
  return { ...given, vault, publish };
}

describe('the newest version', () => {
  it('comes with value, fingerprint, tags and times', async () => {
    const { vault, secrets, ref } = await givenVault();
    vault.set(ref.name, 'old');
    const { version, created } = vault.set(ref.name, KEY.reveal(), {
      tags: { team: 'blue' },
      expires: EXPIRY / 1000,
    });

    const reading = await secrets().readNewest(ref);

    expect(reading).toEqual({
      state: 'present',
      value: KEY,
      newest: {
        id: version,
        createdAt: created * 1000,
        expiresAt: EXPIRY,
        enabled: true,
        fingerprint: KEY.fingerprint,
        tags: { team: 'blue' },
      },
    });
  });

  it('is absent before the first', async () => {
    const { secrets, ref } = await givenVault();
    expect(await secrets().readNewest(ref)).toEqual({ state: 'absent' });
  });

  it('is soft-deleted when it waits to be recovered, and comes back', async () => {
    const { vault, secrets, ref } = await givenVault();
    vault.set(ref.name, KEY.reveal());
    vault.delete(ref.name);
    expect(await secrets().readNewest(ref)).toEqual({ state: 'softDeleted' });

    await secrets().recover(ref);

    expect(await secrets().readNewest(ref)).toMatchObject({ state: 'present', value: KEY });
  });

  it('has no value when it is disabled', async () => {
    const { vault, secrets, ref } = await givenVault();
    vault.set(ref.name, 'old');
    const { version } = vault.set(ref.name, KEY.reveal(), { enabled: false });

    const reading = await secrets().readNewest(ref);

    expect(reading).toMatchObject({
      state: 'present',
      value: undefined,
      newest: { id: version, enabled: false, fingerprint: undefined },
    });
  });

  it('is forbidden, not disabled, when this service may not read it', async () => {
    const { azure, vault, secrets, ref } = await givenVault();
    vault.set(ref.name, KEY.reveal());
    const fault = { kind: 'status', status: 403 } as const;
    azure.model.faults.set([{ operation: 'getSecret', fault }]);
    await expect(secrets().readNewest(ref)).rejects.toMatchObject({ kind: 'forbidden' });
  });
});

describe('the newest of a list that is ordered by id', () => {
  const version = (id: string, second: number, enabled: boolean) => ({
    vaultUrl: 'https://vault.example',
    name: 'lang-key',
    version: id,
    createdOn: new Date(second * 1000),
    enabled,
  });

  it('is the one created last, not the first that is disabled', () => {
    const versions = [version('a', 1, false), version('b', 3, true), version('c', 2, false)];
    expect(newestOf(versions)?.version).toBe('b');
  });

  it('is the disabled one of two that were created in the same second', () => {
    expect(newestOf([version('a', 1, true), version('b', 1, false)])?.version).toBe('b');
  });

  it('is undefined when the list is empty', () => {
    expect(newestOf([])).toBeUndefined();
  });
});

describe('one version', () => {
  it('is read by its id', async () => {
    const { vault, secrets, ref } = await givenVault();
    const { version } = vault.set(ref.name, KEY.reveal());
    vault.set(ref.name, NEXT_KEY.reveal());
    expect(await secrets().readVersion(ref, version)).toEqual(KEY);
  });

  it('is undefined when it is gone or disabled', async () => {
    const { vault, secrets, ref } = await givenVault();
    const { version } = vault.set(ref.name, KEY.reveal(), { enabled: false });
    expect(await secrets().readVersion(ref, version)).toBeUndefined();
    expect(await secrets().readVersion(ref, 'f'.repeat(32))).toBeUndefined();
  });
});

describe('publishing', () => {
  it('sets value, tags, content type and expiry in one request', async () => {
    const { azure, vault, publish, ref } = await givenVault();

    const outcome = await publish(KEY, { 'active-slot': 'Key1' });

    const [stored, ...others] = vault.peek(ref.name);
    expect(others).toEqual([]);
    expect(stored).toMatchObject({
      value: KEY.reveal(),
      tags: { 'active-slot': 'Key1' },
      contentType: expect.stringContaining('text/plain'),
      expires: EXPIRY / 1000,
    });
    expect(outcome).toMatchObject({
      kind: 'done',
      value: { id: stored?.version, fingerprint: KEY.fingerprint, expiresAt: EXPIRY },
    });
    expect(azure.model.log.count({ ...writes, end: 200 })).toBe(1);
  });

  it('keeps two first ones apart that wait for their tokens at once', async () => {
    const { azure, vault, secrets, ref } = await givenVault();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let tokens = 0;
    const credential = credentialOf(azure, () => (tokens++ === 0 ? held : undefined));
    const cold = secrets({ credential });
    const publish = (name: string, value: Key) =>
      cold.publish({ ...ref, name }, { value, tags: {}, expiresAt: EXPIRY }, NOW);

    const first = publish('first', KEY);
    const second = await publish('second', NEXT_KEY);
    release();

    expect([(await first).kind, second.kind]).toEqual(['done', 'done']);
    expect(vault.peek('first').map(({ value }) => value)).toEqual([KEY.reveal()]);
    expect(vault.peek('second').map(({ value }) => value)).toEqual([NEXT_KEY.reveal()]);
  });

  it.each([
    ['a lost response', { kind: 'loseResponse' }, 1],
    ['a dropped connection', { kind: 'drop' }, 0],
    ['a 500', { kind: 'status', status: 500 }, 0],
  ] as const)('is unknown after %s, and is not sent again', async (_, fault, versions) => {
    const { azure, vault, publish, ref } = await givenVault();
    azure.model.faults.set([{ ...writes, fault }]);

    const outcome = await publish(KEY);

    expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind: 'unavailable' } });
    expect(vault.peek(ref.name)).toHaveLength(versions);
    expect(azure.model.log.count(writes)).toBe(1);
    expect(JSON.stringify(outcome)).not.toContain(KEY.reveal());
  });

  it('is unknown when the vault never answers', async () => {
    const { azure, secrets, ref } = await givenVault();
    azure.model.faults.set([{ ...writes, fault: { kind: 'lateEffect', afterMs: 3_600_000 } }]);
    const version = { value: KEY, tags: {}, expiresAt: EXPIRY };
    const outcome = await secrets({ callTimeoutMs: HASTY_MS }).publish(ref, version, NOW);
    expect(outcome).toMatchObject({ kind: 'unknown', failure: { kind: 'timeout' } });
  });

  it('is refused after a 429, which says how long to wait', async () => {
    const { azure, publish } = await givenVault();
    const fault = { kind: 'status', status: 429, retryAfterSeconds: 3 } as const;
    azure.model.faults.set([{ ...writes, fault }]);
    const failure = { kind: 'throttled', retryAfterMs: 3_000 };
    expect(await publish(KEY)).toMatchObject({ kind: 'refused', failure });
  });

  it('is refused while the name is soft-deleted', async () => {
    const { vault, publish, ref } = await givenVault();
    vault.set(ref.name, 'old');
    vault.delete(ref.name);
    expect(await publish(KEY)).toMatchObject({
      kind: 'refused',
      failure: {
        kind: 'conflict',
        message: expect.stringContaining('ObjectIsDeletedButRecoverable'),
      },
    });
  });

  it('does not send the value when the deadline passed while the token was fetched', async () => {
    const { azure, vault, secrets, ref } = await givenVault();
    let now = NOW;
    const credential = credentialOf(azure, () => {
      now += 60_001;
    });
    const slow = secrets({ credential, clock: { now: () => now } });
    const version = { value: KEY, tags: {}, expiresAt: EXPIRY };
    expect(await slow.publish(ref, version, NOW + 60_000)).toEqual({ kind: 'notSent' });
    expect(vault.peek(ref.name)).toEqual([]);
  });
});

describe('tagging', () => {
  it('adds tags to one version and keeps the others', async () => {
    const { vault, secrets, ref } = await givenVault();
    const tags = { team: 'blue', 'managed-by': 'somebody' };
    const { version } = vault.set(ref.name, KEY.reveal(), { tags });
    vault.set(ref.name, NEXT_KEY.reveal());

    await secrets().tag(ref, version, { 'managed-by': 'demo' });

    const [tagged, newest] = vault.peek(ref.name);
    expect(tagged?.tags).toEqual({ team: 'blue', 'managed-by': 'demo' });
    expect(newest?.tags ?? {}).toEqual({});
  });
});

describe('disabling versions', () => {
  /** A vault, and versions of the secret that were set so many seconds ago. */
  async function givenVersions() {
    const given = await givenVault();
    const { vault, ref } = given;
    const set = (secondsAgo: number, tags: Record<string, string> = {}) => {
      const { version, created } = vault.set(ref.name, `value ${secondsAgo}`, { tags });
      const backdated: Partial<StoredVersion> & { enabled: true } = {
        enabled: true,
        created: created - secondsAgo,
      };
      return vault.update(ref.name, version, backdated);
    };
    const isOn = ({ version }: { version: string }) =>
      vault.peek(ref.name).some((each) => each.version === version && each.enabled);
    return { ...given, set, isOn };
  }
  const own = (fingerprint: string) => ({ 'account-id': LANG, fingerprint });

  it('spares younger ones, live keys, other accounts, and what is not tagged', async () => {
    const { set, isOn, secrets, ref } = await givenVersions();
    const many = Array.from({ length: 30 }, (_, n) => set(100 + n, own(`dead${n}`)));
    const spared = [
      set(100, own('live')),
      set(100, { ...own('dead'), 'account-id': '/another' }),
      set(100),
      set(50, own('dead')),
      set(49, own('dead')),
    ];
    const before = (spared[3]?.created ?? 0) * 1000;

    const disabled = await secrets().disableOlder(ref, before, LANG, ['live']);

    expect(new Set(disabled)).toEqual(new Set(many.map(({ version }) => version)));
    expect(spared.filter(isOn)).toEqual(spared);
    expect(await secrets().disableOlder(ref, before, LANG, ['live'])).toEqual([]);
  });

  it('of all that name the account takes the newest along, and nothing that came since', async () => {
    const { set, isOn, secrets, ref } = await givenVersions();
    const upper = { 'account-id': LANG.toUpperCase() };
    const ours = [set(100, upper), set(90, { ProviderAddress: LANG }), set(50, own('newest'))];
    const spared = [set(80, { 'account-id': '/another' }), set(70), set(49, own('since'))];
    const until = (ours[2]?.created ?? 0) * 1000;

    const disabled = await secrets().disableAll(ref, until, LANG);

    expect(new Set(disabled)).toEqual(new Set(ours.map(({ version }) => version)));
    expect(spared.filter(isOn)).toEqual(spared);
    expect(await secrets().disableAll(ref, until, LANG)).toEqual([]);
    expect(await secrets().disableAll({ ...ref, name: 'never-set' }, until, LANG)).toEqual([]);
  });
});
