import { TableClient, TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { expect } from 'vitest';
import type { TestEnvironment } from './environment.ts';
import { type Place, placesWithKeys } from './leakSearch.ts';

/** No key that ever was is in what the service wrote, sent, stored or answers, nor in `outputs`. */
export async function expectNoLeak(
  environment: TestEnvironment,
  outputs: readonly Place[],
): Promise<void> {
  const { connectionString } = environment.azurite;
  const places = [
    { name: 'host output', text: environment.hostLines.join('\n') },
    ...outputs,
    ...eventPlaces(environment),
    ...(await apiPlaces(environment)),
    ...(await tablePlaces(connectionString)),
    ...(await queuePlaces(connectionString)),
    ...(await blobPlaces(connectionString)),
  ];
  // Without these the search would pass for want of anything to search.
  for (const kind of ['host output', 'event', 'GET', 'table', 'queue', 'blob']) {
    expect(places.some(({ name }) => name.startsWith(kind))).toBe(true);
  }
  const keys = environment.azure.model.accounts.everyKeyEverIssued();
  expect(placesWithKeys(places, keys)).toEqual([]);
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
