import { expect, it } from 'vitest';
import { Key } from '../../shared/service/key.ts';
import { describeBothWays } from './azureSides.ts';

/** How long the data plane refuses a new key. */
const PROPAGATION_MS = 2_000;

describeBothWays('what goes wrong', { keyPropagationMs: PROPAGATION_MS }, (given) => {
  it('a new key is refused for a while, and the other one is not', async () => {
    const { run, until, accounts, id, keys, now, probe } = given();
    const standing = keys.value('Key1');
    await run(accounts.regenerateKey(id, 'Key2', now() + 60_000));
    const fresh = keys.value('Key2');
    expect(await probe(fresh)).toBe('rejected');
    expect(await probe(standing)).toBe('accepted');
    await until(() => keys.accepts(fresh));
    expect(await probe(fresh)).toBe('accepted');
  });

  it('an account shut by IP rules says so, and takes no key', async () => {
    const { run, accounts, id, keys, model, probe } = given();
    model.accounts.update(id, { networkAcls: { defaultAction: 'Deny', ipRules: ['192.0.2.1'] } });
    expect(await run(accounts.get(id))).toMatchObject({ networkRestricted: true });
    expect(await probe(keys.value('Key1'))).toBe('forbidden');
  });

  it.each(['OpenAI', 'AIServices', 'TextTranslation'])(
    'a key of an account of kind %s is told from any other value',
    async (kind) => {
      const { keys, probe } = given({ kind });
      expect(await probe(keys.value('Key1'))).toBe('accepted');
      expect(await probe('nonsense')).toBe('rejected');
    },
  );

  it('a purged secret is as if it had never been', async () => {
    const { run, secrets, ref, publish, vault } = given();
    await publish('one');
    vault.delete(ref.name);
    vault.purge(ref.name);
    expect(await run(secrets.readNewest(ref))).toEqual({ state: 'absent' });
    expect(await publish('two')).toMatchObject({ kind: 'done' });
    expect(vault.peek(ref.name)).toHaveLength(1);
  });

  it.each([
    ['a 503', { kind: 'status', status: 503 }, { a: '1' }],
    ['a dropped connection', { kind: 'drop' }, { a: '1' }],
    ['a lost response', { kind: 'loseResponse' }, { a: '1', b: '2' }],
  ] as const)('a tag into %s fails, and may be there', async (_name, fault, tags) => {
    const { run, secrets, ref, vault, publish, model } = given();
    const outcome = await publish('one', { a: '1' });
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    model.faults.set([{ operation: 'updateSecret', fault }]);
    const tagging = run(secrets.tag(ref, outcome.value.id, { b: '2' }));
    await expect(tagging).rejects.toMatchObject({ retriable: true });
    expect(vault.get(ref.name).tags).toEqual(tags);
  });

  it('a late tag is there after the caller has given up', async () => {
    const { run, until, secrets, ref, vault, publish, model, tooLateMs } = given();
    const outcome = await publish('one');
    if (outcome.kind !== 'done') throw new Error(outcome.kind);
    model.faults.set([
      { operation: 'updateSecret', fault: { kind: 'lateEffect', afterMs: tooLateMs } },
    ]);
    const tagging = run(secrets.tag(ref, outcome.value.id, { b: '2' }));
    await expect(tagging).rejects.toMatchObject({ kind: 'timeout' });
    expect(vault.get(ref.name).tags).toEqual({});
    await until(() => vault.get(ref.name).tags?.['b'] === '2');
  });

  it('a recovery into a lost response fails, and the secret is back', async () => {
    const { run, secrets, ref, vault, publish, model } = given();
    await publish('one');
    vault.delete(ref.name);
    model.faults.set([{ operation: 'recoverDeletedSecret', fault: { kind: 'loseResponse' } }]);
    await run(secrets.recover(ref)).catch(() => {});
    model.faults.clear();
    expect(vault.isDeleted(ref.name)).toBe(false);
    const { fingerprint } = new Key('one');
    expect(await run(secrets.readNewest(ref))).toMatchObject({ newest: { fingerprint } });
  });

  it('a recovery into a 503 fails, and the secret stays deleted', async () => {
    const { run, secrets, ref, vault, publish, model } = given();
    await publish('one');
    vault.delete(ref.name);
    model.faults.set([
      { operation: 'recoverDeletedSecret', fault: { kind: 'status', status: 503 } },
    ]);
    await expect(run(secrets.recover(ref))).rejects.toMatchObject({ retriable: true });
    model.faults.clear();
    expect(await run(secrets.readNewest(ref))).toEqual({ state: 'softDeleted' });
  });
});
