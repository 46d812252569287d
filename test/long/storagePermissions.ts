import type { StorageRequest } from '../../local/azurite.ts';

const QUEUES = 'Microsoft.Storage/storageAccounts/queueServices/queues';
const TABLES = 'Microsoft.Storage/storageAccounts/tableServices/tables';
const CONTAINERS = 'Microsoft.Storage/storageAccounts/blobServices/containers';

/** What Azure's built-in roles grant at a storage account; `*`: all that begins so. */
const GRANTED: Readonly<Record<string, readonly string[]>> = {
  'Storage Blob Data Owner': [
    `${CONTAINERS}/*`,
    'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action',
  ],
  'Storage Queue Data Contributor': [
    `${QUEUES}/delete`,
    `${QUEUES}/read`,
    `${QUEUES}/write`,
    `${QUEUES}/messages/delete`,
    `${QUEUES}/messages/read`,
    `${QUEUES}/messages/write`,
    `${QUEUES}/messages/process/action`,
  ],
  'Storage Table Data Contributor': [
    `${TABLES}/read`,
    `${TABLES}/write`,
    `${TABLES}/delete`,
    `${TABLES}/entities/read`,
    `${TABLES}/entities/write`,
    `${TABLES}/entities/delete`,
    `${TABLES}/entities/add/action`,
    `${TABLES}/entities/update/action`,
  ],
};

/** Whose a request is. */
type Maker = 'host' | 'service' | 'both' | 'nobody';

const QUEUE = '/twinkey-passes(-asked)?(-poison)?';
const TABLE = '/twinkey(accounts|records)';
const BLOB = '/azure-webjobs-hosts/[^?]+';
const TIMEOUT = '(\\?timeout=\\d+)?';

/** Each request that there may be: the permission that Azure asks for at it, and whose it is. */
const REQUESTS: readonly (readonly [
  method: string,
  form: string,
  permission: string,
  by: Maker,
])[] = [
  ['PUT', `${QUEUE}${TIMEOUT}`, `${QUEUES}/write`, 'both'],
  ['POST', `${QUEUE}/messages(\\?.*)?`, `${QUEUES}/messages/write`, 'both'],
  ['GET', `${QUEUE}/messages\\?numofmessages=.*`, `${QUEUES}/messages/process/action`, 'host'],
  ['PUT', `${QUEUE}/messages/[^/]+`, `${QUEUES}/messages/write`, 'host'],
  ['DELETE', `${QUEUE}/messages/[^/]+`, `${QUEUES}/messages/delete`, 'host'],
  ['POST', '/Tables', `${TABLES}/write`, 'service'],
  ['GET', `${TABLE}\\(.*\\)(\\?.*)?`, `${TABLES}/entities/read`, 'service'],
  ['POST', TABLE, `${TABLES}/entities/add/action`, 'service'],
  ['PUT', `${TABLE}\\(.+\\)`, `${TABLES}/entities/write`, 'service'],
  ['PATCH', `${TABLE}\\(.+\\)`, `${TABLES}/entities/write`, 'service'],
  ['DELETE', `${TABLE}\\(.+\\)`, `${TABLES}/entities/delete`, 'service'],
  // It adds, changes and deletes; what is in it stands in no log.
  ['POST', '/\\$batch', `${TABLES}/entities/write`, 'service'],
  ['PUT', '/azure-webjobs-hosts\\?restype=container', `${CONTAINERS}/write`, 'host'],
  ['PUT', BLOB, `${CONTAINERS}/blobs/write`, 'host'],
  ['PUT', `${BLOB}\\?comp=lease`, `${CONTAINERS}/blobs/write`, 'host'],
];

/** What a request needs, which of `roles` (names) grants it, and whose it is. */
export interface Grant {
  readonly permission: string;
  readonly role: string | undefined;
  readonly by: Maker;
}

/** What may not be made at all is its own permission, which no role grants. */
export function grantOf({ method, url }: StorageRequest, roles: readonly string[]): Grant {
  const target = url.replace(/^\/devstoreaccount1/, '');
  const known = REQUESTS.find(
    ([verb, form]) => verb === method && new RegExp(`^${form}$`).test(target),
  );
  const [permission, by] = known
    ? ([known[2], known[3]] as const)
    : [`${method} ${target}`, 'nobody' as const];
  const role = roles.find((name) => GRANTED[name]?.some((one) => covers(one, permission)));
  return { permission, role, by };
}

function covers(granted: string, permission: string): boolean {
  return granted.endsWith('/*')
    ? permission.startsWith(granted.slice(0, -1))
    : permission === granted;
}
