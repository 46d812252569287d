import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServerCertificate } from '../../local/azure/wire/certificates.ts';
import { listen } from '../../local/azure/wire/listen.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
}

/** Azure Resource Manager as far as sites go: takes a refresh and says what became of the references. */
export interface ManagementApi {
  readonly endpoint: string;
  /** For `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string;
  /** The requests since the last time this was asked. */
  take(): Received[];
  /** Answers requests whose URL contains `part` with these statuses, one each; then 200 again. */
  answerNext(part: string, ...statuses: number[]): void;
  close(): Promise<void>;
}

export async function startManagementApi(): Promise<ManagementApi> {
  const certificate = await createServerCertificate();
  const folder = await mkdtemp(join(tmpdir(), 'management-api-'));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, certificate.caPem);
  const listener = await listen('Resource Manager', 0, certificate);
  const received: Received[] = [];
  let planned: { part: string; status: number }[] = [];
  listener.serve((request: IncomingMessage, response) => {
    const { method, url = '', headers } = request;
    received.push({ method, url, authorization: headers.authorization });
    const next = planned.find(({ part }) => url.includes(part));
    planned = planned.filter((each) => each !== next);
    const status = next?.status ?? 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? references : { error: { code: 'Any' } }));
  });
  return {
    endpoint: listener.origin,
    caFile,
    take: () => received.splice(0),
    answerNext: (part, ...statuses) => {
      planned.push(...statuses.map((status) => ({ part, status })));
    },
    close: async () => {
      await listener.close();
      await rm(folder, { recursive: true });
    },
  };
}

const references = {
  value: [
    { name: 'LANGUAGE_KEY', properties: { status: 'Resolved', secretName: 'lang-key' } },
    { name: 'OLD_SETTING', properties: { status: 'SecretNotFound', secretName: 'gone' } },
  ],
};
