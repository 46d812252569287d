import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { handlerOf } from '../../functions/wiring/endpoint.ts';
import { CLOUDS } from '../../shared/azure/clouds.ts';
import { credentialOf } from '../../shared/azure/credentials.ts';
import { identityTrouble } from '../../shared/azure/credentialTrouble.ts';
import { createService } from '../../shared/azure/service.ts';
import { runPass } from '../../shared/service/pass.ts';
import type { Telemetry, TelemetryEntry } from '../../shared/service/ports.ts';
import {
  CLIENT,
  givenSettings,
  HEADER,
  IN_AZURE,
  PRINCIPAL,
  SECRET,
  SETTINGS,
  TENANT,
} from './credentialSettings.ts';
import { LANG, onEnd, subscriptionId } from './fixtures.ts';
import { givenInternet } from './internet.ts';

const SCOPE = CLOUDS.public.armScope;

interface Asked {
  readonly resource: string | null;
  readonly clientId: string | null;
  readonly header: string | undefined;
}

/**
 * App Service's identity endpoint. One for the whole file: a process keeps the first one that it met,
 * and the tokens that it gave.
 */
const asked: Asked[] = [];
let refusal: { status: number; body: string } | 'silence' | undefined;
const identityEndpoint = createServer((request, response) => {
  const url = new URL(String(request.url), 'http://127.0.0.1');
  const resource = url.searchParams.get('resource');
  const clientId = url.searchParams.get('client_id');
  asked.push({ resource, clientId, header: request.headers['x-identity-header']?.toString() });
  const expires_on = String(Math.floor(Date.now() / 1000) + 86_400);
  const token = {
    access_token: `token-of-${clientId}`,
    expires_on,
    resource,
    token_type: 'Bearer',
  };
  if (refusal === 'silence') return;
  response.writeHead(refusal?.status ?? 200, { 'content-type': 'application/json' });
  response.end(refusal?.body ?? JSON.stringify(token));
});

beforeAll(() => new Promise<void>((done) => identityEndpoint.listen(0, '127.0.0.1', done)));
afterAll(() => {
  identityEndpoint.closeAllConnections();
  return new Promise((done) => identityEndpoint.close(done));
});
beforeEach(() => {
  const { port } = identityEndpoint.address() as AddressInfo;
  // Read by the SDK itself.
  vi.stubEnv('IDENTITY_ENDPOINT', `http://127.0.0.1:${port}/msi/token`);
  vi.stubEnv('IDENTITY_HEADER', HEADER);
});
afterEach(() => {
  asked.length = 0;
  refusal = undefined;
});

function givenCredential(env: Record<string, string>) {
  return credentialOf(givenSettings(env));
}

/** Why there is no token, as an operator reads it. */
async function complaintOf(env: Record<string, string>) {
  const asking = givenCredential(env).getToken(SCOPE);
  return asking.then(
    () => ({ message: 'a token', passing: false }),
    (error) => ({ message: String(error.message), passing: error.passing as boolean }),
  );
}

/** Files of a certificate that nobody has signed; `lines` of it are written. */
async function givenFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'twinkey-'));
  onEnd(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'certificate.pem'), text);
  return join(folder, 'certificate.pem');
}

describe('a managed identity', () => {
  it.each([
    ['the system-assigned one', {}, null],
    ['the user-assigned one', { AZURE_CLIENT_ID: subscriptionId(61) }, subscriptionId(61)],
  ])('is asked for as %s, with the resource and the secret header', async (_, env, clientId) => {
    const { token } = (await givenCredential({ ...IN_AZURE, ...env }).getToken(SCOPE)) ?? {};
    expect(token).toBe(`token-of-${clientId}`);
    const resource = 'https://management.azure.com';
    expect(asked).toEqual([{ resource, clientId, header: HEADER }]);
  });

  it.each([
    ['storage', { AzureWebJobsStorage__clientId: subscriptionId(63) }, subscriptionId(63)],
    ['everything, storage too', {}, subscriptionId(62)],
  ])('may be one of its own for %s', async (_, env, clientId) => {
    await givenInternet();
    const { statuses } = createService(
      givenSettings({ ...IN_AZURE, AZURE_CLIENT_ID: subscriptionId(62), ...env }),
    );
    await statuses.get(LANG).catch(() => {});
    const [first] = asked;
    expect(first).toMatchObject({ resource: 'https://storage.azure.com', clientId });
  });

  it.each([
    [
      400,
      subscriptionId(64),
      `user-assigned managed identity ${subscriptionId(64)}: the identity endpoint answered 400: no identity with this client id is assigned; assign the identity to the app, or mend AZURE_CLIENT_ID`,
      false,
    ],
    [
      500,
      subscriptionId(65),
      `user-assigned managed identity ${subscriptionId(65)}: the identity endpoint answered 500; wait, it is asked again`,
      true,
    ],
    [
      403,
      subscriptionId(66),
      `user-assigned managed identity ${subscriptionId(66)}: the identity endpoint answered 403; restart the app`,
      false,
    ],
  ])('that is refused with %i says so', async (status, clientId, message, passing) => {
    refusal = { status, body: JSON.stringify({ message: `No identity, says ${SECRET}` }) };
    const env = { ...IN_AZURE, AZURE_CLIENT_ID: clientId };
    expect(await complaintOf(env)).toEqual({ message, passing });
  });

  it.each([
    ['in an app', 'app', 'restart the app'],
    [
      "on a machine, which may be a developer's",
      'machine',
      "look for a proxy that answers in its place; on a developer's machine set TWINKEY_CREDENTIAL to azureCli",
    ],
  ] as const)('that is refused for no known reason %s says what helps there', (_, home, remedy) => {
    const refused = { kind: 'answer', status: 403, error: undefined, number: undefined } as const;
    expect(identityTrouble(undefined, home, refused)).toMatchObject({ remedy, passing: false });
    expect(identityTrouble(undefined, home, undefined)).toMatchObject({ remedy, passing: true });
  });

  it('that answers with something else than JSON says so, and not what', async () => {
    refusal = { status: 502, body: `<html>${SECRET}</html>` };
    const env = { ...IN_AZURE, AZURE_CLIENT_ID: subscriptionId(67) };
    const { message } = await complaintOf(env);
    expect(message).toContain('the identity endpoint answered 502;');
    expect(message).not.toContain(SECRET);
  });

  it('whose endpoint is silent is given up before the call that wants the token', async () => {
    refusal = 'silence';
    const id = subscriptionId(69);
    const env = { ...IN_AZURE, AZURE_CLIENT_ID: id, TWINKEY_CALL_TIMEOUT: 'PT1S' };
    expect(await complaintOf(env)).toEqual({
      message: `user-assigned managed identity ${id}: no answer of the identity endpoint in time; look at the network, if that lasts`,
      passing: true,
    });
  });

  it("that an app does not have is named, and nobody else's is tried", async () => {
    vi.stubEnv('IDENTITY_ENDPOINT', '');
    expect(await complaintOf({ WEBSITE_HOSTNAME: 'app.azurewebsites.net' })).toEqual({
      message:
        'system-assigned managed identity: the app has no identity: IDENTITY_ENDPOINT is not set; give the app an identity, or set TWINKEY_CREDENTIAL to servicePrincipal',
      passing: false,
    });
    expect(asked).toEqual([]);
  });
});

describe('a service principal', () => {
  const env = { ...PRINCIPAL, AZURE_CLIENT_SECRET: SECRET };
  const name = `service principal ${CLIENT} of tenant ${TENANT}`;

  it('brings its secret to the token endpoint of its tenant', async () => {
    const { received } = await givenInternet();
    const token = await givenCredential(env).getToken(SCOPE);
    expect(token?.token).toBe(`token-for:${SCOPE}`);
    const request = received.find(({ url }) => url.endsWith('/token'));
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toMatchObject({
      client_id: CLIENT,
      client_secret: SECRET,
      grant_type: 'client_credentials',
    });
  });

  it.each([
    [
      401,
      7000215,
      'the secret is wrong (401 invalid_client AADSTS7000215)',
      "set AZURE_CLIENT_SECRET to the secret's value, not its id",
    ],
    [
      401,
      7000222,
      'the secret has expired (401 invalid_client AADSTS7000222)',
      'make a new one and set AZURE_CLIENT_SECRET',
    ],
    [
      400,
      700016,
      'the tenant has no application with this client id (400 invalid_client AADSTS700016)',
      'mend AZURE_CLIENT_ID or AZURE_TENANT_ID',
    ],
    [
      400,
      50999,
      'Entra ID answered 400 invalid_client AADSTS50999',
      'look the code up at https://aka.ms/AADSTSerrors',
    ],
  ])(
    'that Entra ID refuses with %i and number %i says why',
    async (status, number, reason, remedy) => {
      await givenInternet(({ url }) =>
        url.endsWith('/token')
          ? {
              status,
              body: {
                error: 'invalid_client',
                error_description: `AADSTS${number}: Invalid client secret ${SECRET} provided.`,
                error_codes: [number],
              },
            }
          : undefined,
      );
      const complaint = await complaintOf(env);
      expect(complaint).toEqual({
        message: `${name}, by secret: ${reason}; ${remedy}`,
        passing: false,
      });
      expect(complaint.message).not.toContain(SECRET);
    },
  );

  it('waits when Entra ID is away, and tells which error the network gave', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    expect(await complaintOf(env)).toEqual({
      message: `${name}, by secret: Entra ID cannot be reached (ECONNREFUSED); look at the network, if that lasts`,
      passing: true,
    });
  });

  it('brings a certificate', async () => {
    const { received } = await givenInternet();
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const path = await givenFile(
      `${key}-----BEGIN CERTIFICATE-----\nTm9ib2R5IGxvb2tzIGludG8gaXQ=\n-----END CERTIFICATE-----\n`,
    );
    const token = await givenCredential({
      ...PRINCIPAL,
      AZURE_CLIENT_CERTIFICATE_PATH: path,
    }).getToken(SCOPE);
    expect(token?.token).toBe(`token-for:${SCOPE}`);
    const request = received.find(({ url }) => url.endsWith('/token'));
    expect(new URLSearchParams(request?.body).get('client_assertion')).toMatch(/^eyJ/);
  });

  it.each([
    [
      'is not there',
      undefined,
      'the certificate file is not there; mend AZURE_CLIENT_CERTIFICATE_PATH',
    ],
    [
      'holds none',
      `only ${SECRET}`,
      'the certificate file holds no certificate in PEM form; mend AZURE_CLIENT_CERTIFICATE_PATH',
    ],
    [
      'holds no key',
      `-----BEGIN CERTIFICATE-----\nTm9ib2R5\n-----END CERTIFICATE-----\n${SECRET}`,
      expect.stringMatching(
        /^the certificate's private key is missing or cannot be used \(\w+\); mend the file, or/,
      ),
    ],
  ])('says of a certificate file that it %s', async (_, text, expected) => {
    await givenInternet();
    const path = text === undefined ? '/nowhere/certificate.pem' : await givenFile(text);
    const { message, passing } = await complaintOf({
      ...PRINCIPAL,
      AZURE_CLIENT_CERTIFICATE_PATH: path,
    });
    expect(message.replace(`${name}, by certificate: `, '')).toEqual(expected);
    expect(passing).toBe(false);
    expect(message).not.toContain(SECRET);
  });
});

describe("a developer's sign-in", () => {
  /** A PATH with nothing on it but what is given: scripts by the name of their tool. */
  async function givenTools(tools: Record<string, string> = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'twinkey-'));
    onEnd(() => rm(folder, { recursive: true }));
    for (const [tool, script] of Object.entries(tools)) {
      await writeFile(join(folder, tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    vi.stubEnv('PATH', folder);
  }

  it('names both tools where neither is installed', async () => {
    await givenTools();
    expect(await complaintOf({})).toEqual({
      message:
        "Azure CLI: az is not installed, or not on the PATH; install it and run 'az login' | Azure Developer CLI: azd is not installed, or not on the PATH; install it and run 'azd auth login'",
      passing: false,
    });
  });

  it('is tried with the second tool where the first has nobody', async () => {
    const token = `{"token":"of-azd","expiresOn":"2099-01-01T00:00:00Z"}`;
    await givenTools({ az: 'echo "Please run az login" >&2; exit 1', azd: `echo '${token}'` });
    expect((await givenCredential({}).getToken(SCOPE))?.token).toBe('of-azd');
    const message = "Azure CLI: nobody is signed in; run 'az login'";
    expect(await complaintOf({ TWINKEY_CREDENTIAL: 'azureCli' })).toMatchObject({ message });
  });

  it('that takes too long is given up before the call that wants the token', async () => {
    const token = '{"accessToken":"late","expires_on":4070908800}';
    await givenTools({ az: `/bin/sleep 3; echo '${token}'` });
    const env = { TWINKEY_CREDENTIAL: 'azureCli', TWINKEY_CALL_TIMEOUT: 'PT1S' };
    const message = "Azure CLI: az gave no token; run 'az login'";
    expect(await complaintOf(env)).toMatchObject({ message });
  });

  it.each([
    [
      `AADSTS700082: The refresh token ${SECRET} has expired. Run az login --scope x`,
      "Azure CLI: Entra ID refused (AADSTS700082); run 'az login', or look the code up at https://aka.ms/AADSTSerrors",
    ],
    [`went wrong with ${SECRET}`, "Azure CLI: az gave no token; run 'az login'"],
  ])('shows nothing of what a tool printed', async (printed, message) => {
    await givenTools({ az: `echo "${printed}" >&2; exit 1` });
    expect(await complaintOf({ TWINKEY_CREDENTIAL: 'azureCli' })).toMatchObject({ message });
  });
});

describe('without a token', () => {
  const env = { ...IN_AZURE, AZURE_CLIENT_ID: subscriptionId(68) };
  const reason = `user-assigned managed identity ${subscriptionId(68)}: the identity endpoint answered 400: no identity with this client id is assigned; assign the identity to the app, or mend AZURE_CLIENT_ID`;

  beforeEach(() => {
    refusal = { status: 400, body: JSON.stringify({ message: SECRET }) };
  });

  it('a pass says once, for all of its calls, what was tried and what to do', async () => {
    await givenInternet();
    const said: TelemetryEntry[] = [];
    const telemetry: Telemetry = { record: (entry) => said.push(entry) };

    const outcome = await runPass(LANG, { ...createService(givenSettings(env)), telemetry });

    expect(outcome).toMatchObject({ reason: 'ObservationIncomplete', attention: true });
    expect(outcome.message).toMatch(/^get \S+: no token; read [^:]+: no token: user-assigned /);
    expect(outcome.message.split(reason)).toHaveLength(2);
    expect(outcome.message).toMatch(/\. No key is touched$/);
    expect(said.filter(({ message }) => message.includes(reason))).toEqual([
      expect.objectContaining({ name: 'pass', level: 'warn', message: outcome.message }),
    ]);
    expect(JSON.stringify(said)).not.toContain(SECRET);
  });

  it('the API says it where storage cannot be reached, to whoever asks for health', async () => {
    await givenInternet();
    for (const [name, text] of Object.entries({ ...SETTINGS, ...env })) {
      if (!name.startsWith('IDENTITY_')) vi.stubEnv(name, text);
    }
    const health = handlerOf('key', async ({ dependencies }) => {
      await dependencies.statuses.readTick();
      return {};
    });
    const request = new HttpRequest({ method: 'GET', url: 'https://test.example/api/health' });
    const context = new InvocationContext({ functionName: 'health', logHandler: () => {} });

    const { status, body } = await health(request, context);

    expect(status).toBe(502);
    expect(JSON.parse(String(body)).detail).toContain(`no token: ${reason}`);
    expect(body).not.toContain(SECRET);
  });
});
