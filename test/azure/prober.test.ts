import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createServerCertificate } from '../../local/azure/wire/certificates.ts';
import { DataPlaneProber } from '../../shared/azure/prober.ts';
import { probeFor } from '../../shared/azure/probes.ts';
import { Key } from '../../shared/service/key.ts';
import { givenAccount, givenAzure, HASTY_MS, LANG, onEnd } from './fixtures.ts';

const KINDS = [
  'TextAnalytics',
  'TextTranslation',
  'OpenAI',
  'AIServices',
  'CognitiveServices',
  'SpeechServices',
];

async function givenProbe(kind = 'TextAnalytics') {
  const { azure, accounts } = await givenAzure({ accounts: [{ name: 'lang', kind }] });
  const account = await accounts().get(LANG);
  if (!account) throw new Error('no account');
  const { key1 } = azure.model.accounts.listKeys(LANG);
  const probe = (key: string, timeoutMs = 20_000) =>
    new DataPlaneProber(timeoutMs).probe(account, new Key(key));
  return { azure, key: key1, probe };
}

describe('a probe', () => {
  it.each(KINDS)('tells a valid key of kind %s from an invalid one', async (kind) => {
    const { probe, key } = await givenProbe(kind);
    expect(await probe(key)).toBe('accepted');
    expect(await probe('0'.repeat(32))).toBe('rejected');
  });

  it('tells an account that takes no keys from one that shuts the service out', async () => {
    const { azure, probe, key } = await givenProbe();
    azure.model.accounts.update(LANG, { disableLocalAuth: true });
    expect(await probe(key)).toBe('keysDisabled');
  });

  it.each([
    [403, 'forbidden'],
    [400, 'unknown'],
    [404, 'unknown'],
    [429, 'unknown'],
    [503, 'unknown'],
  ] as const)('takes a %i for %s, and asks once', async (status, verdict) => {
    const { azure, probe, key } = await givenProbe();
    azure.model.faults.set([{ service: 'data', fault: { kind: 'status', status } }]);
    expect(await probe(key)).toBe(verdict);
    expect(azure.model.log.count({ service: 'data' })).toBe(1);
  });

  it.each([
    ['never answered', { kind: 'lateEffect', afterMs: 3_600_000 }],
    ['dropped', { kind: 'drop' }],
  ] as const)('that is %s is unknown', async (_, fault) => {
    const { azure, probe, key } = await givenProbe();
    azure.model.faults.set([{ service: 'data', fault }]);
    expect(await probe(key, HASTY_MS)).toBe('unknown');
  });

  it('follows no redirect, which could lead a key elsewhere', async () => {
    const { certPem, keyPem } = await createServerCertificate();
    const paths: (string | undefined)[] = [];
    const server = createServer({ cert: certPem, key: keyPem }, ({ url }, answer) => {
      paths.push(url);
      answer.writeHead(307, { location: '/elsewhere' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onEnd(async () => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const account = givenAccount({ kind: 'OpenAI', endpoint: `https://127.0.0.1:${port}` });

    expect(await new DataPlaneProber(20_000).probe(account, new Key('k'))).toBe('unknown');
    expect(paths).toEqual([probeFor(account).path]);
  });

  it('of an account without a usable endpoint is unknown', async () => {
    const account = givenAccount({ endpoint: '' });
    expect(await new DataPlaneProber(HASTY_MS).probe(account, new Key('k'))).toBe('unknown');
  });
});

describe("Translator's path", () => {
  it.each([
    ['https://api.cognitive.microsofttranslator.com', '/translate?'],
    ['https://api.cognitive.microsofttranslator.us', '/translate?'],
    ['https://lang.cognitiveservices.azure.com', '/translator/text/v3.0/translate?'],
  ])('on %s begins with %s', (endpoint, start) => {
    const { path } = probeFor(givenAccount({ kind: 'TextTranslation', endpoint }));
    expect(path.startsWith(start)).toBe(true);
  });
});
