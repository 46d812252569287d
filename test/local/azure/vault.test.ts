import { describe, expect, it } from 'vitest';
import { all, givenAzure } from './given-azure.ts';

describe('simulated Key Vault', () => {
  it('answers the challenge, then sets and gets a version with all its properties', async () => {
    const { secrets } = await givenAzure();
    const expiresOn = new Date('2030-01-01T00:00:00Z');
    const set = await secrets.setSecret('lang-key', 'value-1', {
      tags: { 'active-slot': 'Key1' },
      contentType: 'text/plain',
      expiresOn,
    });
    const got = await secrets.getSecret('lang-key');
    expect(got.value).toBe('value-1');
    expect(got.properties).toMatchObject({
      version: set.properties.version,
      tags: { 'active-slot': 'Key1' },
      contentType: 'text/plain',
      expiresOn,
      enabled: true,
      recoveryLevel: 'Recoverable+Purgeable',
    });
  });

  it('gives the newest version by name and any version by id', async () => {
    const { secrets } = await givenAzure();
    const first = await secrets.setSecret('s', 'one');
    await secrets.setSecret('s', 'two');
    expect((await secrets.getSecret('s')).value).toBe('two');
    const { version = '' } = first.properties;
    expect((await secrets.getSecret('s', { version })).value).toBe('one');
  });

  it('changes what an update names and leaves the rest, without showing the value', async () => {
    const { secrets } = await givenAzure();
    const { properties } = await secrets.setSecret('s', 'one', {
      contentType: 'a',
      tags: { x: '1' },
    });
    const version = properties.version ?? '';
    const updated = await secrets.updateSecretProperties('s', version, { enabled: false });
    expect(updated).toMatchObject({ enabled: false, contentType: 'a', tags: { x: '1' } });
    await expect(secrets.getSecret('s')).rejects.toMatchObject({
      statusCode: 403,
      details: { error: { innerError: { code: 'SecretDisabled' } } },
    });
  });

  it('lists versions in pages of 25 at most', async () => {
    const { secrets } = await givenAzure();
    for (let count = 0; count < 30; count += 1) await secrets.setSecret('s', `v${count}`);
    const pages = await all(secrets.listPropertiesOfSecretVersions('s').byPage());
    expect(pages.map((page) => page.length)).toEqual([25, 5]);
    expect(new Set(pages.flat().map(({ version }) => version)).size).toBe(30);
  });

  it('keeps a deleted secret until it is recovered or purged', async () => {
    const { secrets } = await givenAzure();
    await secrets.setSecret('s', 'one');
    await (await secrets.beginDeleteSecret('s', { intervalInMs: 1 })).pollUntilDone();
    await expect(secrets.getSecret('s')).rejects.toMatchObject({
      statusCode: 404,
      code: 'SecretNotFound',
    });
    await expect(secrets.setSecret('s', 'two')).rejects.toMatchObject({
      statusCode: 409,
      details: { error: { innerError: { code: 'ObjectIsDeletedButRecoverable' } } },
    });
    const recovery = await secrets.beginRecoverDeletedSecret('s', { intervalInMs: 1 });
    await recovery.pollUntilDone();
    expect((await secrets.getSecret('s')).value).toBe('one');
    await (await secrets.beginDeleteSecret('s', { intervalInMs: 1 })).pollUntilDone();
    await secrets.purgeDeletedSecret('s');
    expect((await secrets.setSecret('s', 'three')).value).toBe('three');
  });

  it.each([
    ['a name with an underscore', 'a_b', 'v', {}],
    ['a value over 25 KB', 's', 'x'.repeat(25 * 1024 + 1), {}],
    ['16 tags', 's', 'v', Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`t${n}`, '']))],
    ['a tag of 257 characters', 's', 'v', { t: 'x'.repeat(257) }],
  ])('refuses %s', async (_case, name, value, tags) => {
    const { secrets } = await givenAzure();
    const setting = secrets.setSecret(name, value, { tags: tags as Record<string, string> });
    await expect(setting).rejects.toMatchObject({ statusCode: 400, code: 'BadParameter' });
  });

  it('throttles creations apart from other calls', async () => {
    const { secrets } = await givenAzure({
      throttles: { vaultCreation: { capacity: 1, perSecond: 0.1 } },
    });
    await secrets.setSecret('s', 'one');
    await expect(secrets.setSecret('s', 'two')).rejects.toMatchObject({ statusCode: 429 });
    expect((await secrets.getSecret('s')).value).toBe('one');
  });

  it('keeps the secrets of two vaults apart', async () => {
    const { azure, secrets } = await givenAzure({ vaults: ['main', 'second'] });
    await secrets.setSecret('s', 'one');
    expect(azure.vaultUrls['main']).not.toBe(azure.vaultUrls['second']);
    expect(azure.model.vaults.get('main')?.peek('s')).toHaveLength(1);
    expect(azure.model.vaults.get('second')?.peek('s')).toHaveLength(0);
  });
});
