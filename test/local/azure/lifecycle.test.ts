import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outage, startSimulatedAzure } from '../../../local/azure/index.ts';
import { givenAzure, group } from './given-azure.ts';

describe('the simulated Azure as a whole', () => {
  it('names the busy port and leaves nothing open', async () => {
    const { azure } = await givenAzure();
    const topic = Number(new URL(azure.topicEndpoint).port);
    await expect(startSimulatedAzure({ ports: { topic } })).rejects.toThrow(
      `Port ${topic} is in use: choose another port for the simulated Event Grid topic.`,
    );
  });

  it('takes given ports again after a close, and removes its certificate', async () => {
    const first = await startSimulatedAzure();
    const ports = { arm: Number(new URL(first.armEndpoint).port) };
    await first.close();
    expect(existsSync(first.caFile)).toBe(false);
    const { azure } = await givenAzure({ ports });
    expect(azure.armEndpoint).toBe(first.armEndpoint);
  });

  it('closes although a call hangs', async () => {
    const azureFaults = [{ fault: { kind: 'lateEffect', afterMs: 3_600_000 } as const }];
    const { azure, arm } = await givenAzure({ faults: azureFaults });
    const hung = expect(arm.accounts.listKeys(group, 'lang')).rejects.toThrow();
    await azure.model.log.next({ end: 'hung' });
    await azure.close();
    await hung;
  });

  it('issues the same keys for the same seed, faults or not', async () => {
    const { azure: one } = await givenAzure({ seed: 7 });
    const { azure: two } = await givenAzure({ seed: 7, faults: [outage('arm')] });
    const { azure: other } = await givenAzure({ seed: 8 });
    const keys = [one, two, other].map(({ model }) => model.accounts.everyKeyEverIssued());
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).not.toEqual(keys[0]);
  });

  it('lets a person add, tag, rotate by hand and delete an account', async () => {
    const { azure, arm } = await givenAzure({ accounts: [] });
    const { accounts } = azure.model;
    const { id } = accounts.add({ name: 'late' });
    accounts.update(id, { tags: { 'key-rotation': 'enabled' } });
    const { key1 } = accounts.regenerateKey(id, 'Key1');
    expect((await arm.accounts.get(group, 'late')).tags).toEqual({ 'key-rotation': 'enabled' });
    expect((await arm.accounts.listKeys(group, 'late')).key1).toBe(key1);
    accounts.remove(id);
    await expect(arm.accounts.get(group, 'late')).rejects.toMatchObject({ statusCode: 404 });
    expect(accounts.everyKeyEverIssued()).toContain(key1);
  });
});
