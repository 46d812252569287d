import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spawnApp } from '../../local/apps/appProcess.ts';
import { secretNameOf } from '../../local/demo/scenario.ts';
import { givenEnvironment, type TestEnvironment } from './environment.ts';
import { type Place, placesWithKeys } from './leakSearch.ts';

const ACCOUNTS = [
  { name: 'leak-language', kind: 'TextAnalytics' },
  { name: 'leak-openai', kind: 'OpenAI', tags: { 'key-rotation': 'enabled' } },
];

describe('key values', () => {
  it('are found by the search in whatever form', () => {
    const key = '0123456789abcdef0123456789abcdef';
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const places = ['', '"', '{"', '{"a', 'abcd'].flatMap((before) => [
      { name: `plain after ${before}`, text: `${before}${key}"}` },
      { name: `base64 after ${before}`, text: base64(`${before}${key}"}`) },
    ]);
    const clean = { name: 'clean', text: base64('nothing of the kind') };
    expect(placesWithKeys([...places, clean], [key])).toEqual(places.map(({ name }) => name));
  });

  it('never leave Key Vault and memory', { timeout: 100_000 }, async () => {
    const environment = await givenEnvironment({ accounts: ACCOUNTS, listed: ['leak-language'] });
    const appLines = await givenApp(environment);
    await Promise.all(ACCOUNTS.map(({ name }) => environment.untilRotated(name)));
    const places = [
      { name: 'host output', text: environment.hostLines.join('\n') },
      { name: 'app output', text: appLines.join('\n') },
      ...eventPlaces(environment),
      ...(await apiPlaces(environment)),
      ...(await tablePlaces(environment.azurite.connectionString)),
      ...(await queuePlaces(environment.azurite.connectionString)),
      ...(await blobPlaces(environment.azurite.connectionString)),
    ];
    // Without these the search would pass for want of anything to search.
    for (const kind of ['host output', 'event', 'GET', 'table', 'queue', 'blob']) {
      expect(places.some(({ name }) => name.startsWith(kind))).toBe(true);
    }
    const keys = environment.azure.model.accounts.everyKeyEverIssued();
    expect(keys.length).toBeGreaterThanOrEqual(10);
    expect(placesWithKeys(places, keys)).toEqual([]);
  });
});

/** An app that holds every key, and what it prints. */
async function givenApp({ azure, vaultUrl, clientSettings }: TestEnvironment): Promise<string[]> {
  const lines: string[] = [];
  const accounts = azure.model.accounts
    .all()
    .map(({ name, kind, location, endpoint }) => ({ name, kind, location, endpoint }))
    .map((account) => ({ ...account, secretName: secretNameOf(account.name) }));
  const app = await spawnApp({
    script: 'pollApp.ts',
    configuration: { type: 'start', vaultUrl, pollIntervalMs: 2_000, accounts },
    settings: clientSettings,
    onLine: (line) => lines.push(line),
  });
  onTestFinished(() => app.stop());
  return lines;
}

function eventPlaces({ azure }: TestEnvironment): Place[] {
  return azure.model.topic.accepted.map(({ event }) => {
    return { name: `event ${event.id}`, text: JSON.stringify(event) };
  });
}

async function apiPlaces({ host, functionKey, azure }: TestEnvironment): Promise<Place[]> {
  const { id, subscription, resourceGroup, name } = azure.model.accounts.all()[0] ?? {};
  const account = `accounts/${subscription}/${resourceGroup}/${name}`;
  const paths = [
    ...['accounts', account, 'plan', 'plan?format=ics', 'health', 'accounts/nonsense'],
    ...['hold', 'history', 'caller', `${account}/keyless`],
    ...['', '?format=csv', '?format=jsonl'].map((query) => `${account}/history${query}`),
  ];
  return Promise.all(
    paths.map(async (path) => {
      const url = `${host.url}/api/${path}`;
      const response = await fetch(url, { headers: { 'x-functions-key': functionKey } });
      return { name: `GET ${path} of ${id}`, text: await response.text() };
    }),
  );
}

async function tablePlaces(connectionString: string): Promise<Place[]> {
  const places: Place[] = [];
  const options = { allowInsecureConnection: true };
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  for await (const { name = '' } of service.listTables()) {
    const table = TableClient.fromConnectionString(connectionString, name, options);
    for await (const row of table.listEntities()) {
      places.push({ name: `table ${name} ${row.rowKey}`, text: JSON.stringify(row) });
    }
  }
  return places;
}

/** Messages that wait, those given up included. */
async function queuePlaces(connectionString: string): Promise<Place[]> {
  const places: Place[] = [];
  const service = QueueServiceClient.fromConnectionString(connectionString);
  for await (const { name } of service.listQueues()) {
    const peeked = await service.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    const messages = peeked.peekedMessageItems.map(({ messageText }) => messageText);
    places.push({ name: `queue ${name}`, text: messages.join('\n') });
  }
  return places;
}

/** The host's own notes: timers, locks. */
async function blobPlaces(connectionString: string): Promise<Place[]> {
  const places: Place[] = [];
  const service = BlobServiceClient.fromConnectionString(connectionString);
  for await (const container of service.listContainers()) {
    const client = service.getContainerClient(container.name);
    for await (const { name } of client.listBlobsFlat()) {
      const text = (await client.getBlobClient(name).downloadToBuffer()).toString();
      places.push({ name: `blob ${container.name}/${name}`, text });
    }
  }
  return places;
}
