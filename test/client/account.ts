import type { TokenCredential } from '@azure/core-auth';
import { KEY_HEADER } from '../../shared/client/freshKeyFetch.ts';
import { givenKey } from './fixtures.ts';

export const ENDPOINT = 'https://vision.cognitiveservices.azure.com/';
const ISSUE_TOKEN = '/sts/v1.0/issueToken';

interface Received {
  readonly path: string;
  readonly key: string | null;
  readonly authorization: string | null;
  readonly body: string;
}

/** An AI account: which keys and tokens it lets in is up to the test. */
export class FakeAccount {
  readonly keys = new Set(['first-key']);
  readonly tokens = new Set(['entra-token']);
  /** Local authentication is disabled. */
  keyless = false;
  /** Whatever is asked is answered with this status. 0 = the connection fails. */
  failure: number | undefined;
  /** The same for the next requests, in turn. */
  readonly failures: number[] = [];
  /** Requests wait for this before they are looked at. */
  gate: Promise<void> | undefined;
  readonly received: Received[] = [];
  /** Requests with a key that was not let in. */
  refusedKeys = 0;
  #issued = 0;

  /** Requests for a token. */
  get exchanges(): Received[] {
    return this.received.filter(({ path }) => path === ISSUE_TOKEN);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { pathname: path } = new URL(request.url);
    const key = request.headers.get(KEY_HEADER);
    const authorization = request.headers.get('authorization');
    this.received.push({ path, key, authorization, body: await request.text() });
    await this.gate;
    const failure = this.failures.shift() ?? this.failure;
    if (failure === 0) throw new TypeError('fetch failed');
    if (failure) return new Response('', { status: failure });
    if (key !== null) return this.#answerKey(path, key);
    const served = this.tokens.has(authorization?.replace('Bearer ', '') ?? '');
    return served ? new Response('served') : accessDenied();
  };

  #answerKey(path: string, key: string): Response {
    if (this.keyless) {
      return Response.json({ error: { code: 'AuthenticationTypeDisabled' } }, { status: 403 });
    }
    if (!this.keys.has(key)) {
      this.refusedKeys += 1;
      return accessDenied();
    }
    if (path !== ISSUE_TOKEN) return new Response('served');
    this.#issued += 1;
    const token = `issued.to-${key}.${this.#issued}`;
    this.tokens.add(token);
    return new Response(token);
  }
}

function accessDenied(): Response {
  return Response.json({ error: { code: '401', message: 'Access denied.' } }, { status: 401 });
}

/** An Entra ID credential that notes what it is asked for, with tokens of one hour. */
export class FakeEntra implements TokenCredential {
  readonly scopes: unknown[] = [];
  failure: Error | undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async getToken(scopes: string | string[]) {
    this.scopes.push(scopes);
    if (this.failure) throw this.failure;
    return { token: 'entra-token', expiresOnTimestamp: this.#now() + 60 * 60_000 };
  }
}

/** An app that is ready for keyless, its account, and its key two seconds after the first load. */
export async function givenApp(options: Parameters<typeof givenKey>[0] = {}) {
  let now = () => 0;
  const entra = new FakeEntra(() => now());
  const given = givenKey({ keyless: { credential: entra }, ...options });
  now = () => given.runtime.now();
  await given.key.ready();
  await given.runtime.advance(2_000);
  return { ...given, entra, account: new FakeAccount() };
}
