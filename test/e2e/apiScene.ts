import { TO_CHECK } from '../../local/demo/scenario.ts';
import { type Environment, startEnvironment } from '../../local/environment.ts';
import { expectContractKept } from '../contract/eventContract.ts';
import { type Answer, ApiContract } from './apiContract.ts';

/** Both keys stay valid for longer than the tests run: what happens to them, a test makes happen. */
const LONG = { 'key-rotation-overlap': 'PT1H', 'key-rotation-period': 'P30D' };

/** An account for each story, so that no test depends on another's. */
const ACCOUNTS = {
  calm: { 'key-rotation-overlap': 'PT7S', 'key-rotation-period': 'P30D' },
  undo: LONG,
  leak: LONG,
  acks: { ...LONG, 'key-rotation-subscribers': 'shop,mail', 'key-rotation-ack': 'required' },
  held: LONG,
  excluded: { 'key-rotation': 'disabled' },
  entra: { 'key-rotation-overlap': 'PT7S', 'key-rotation-period': 'P30D' },
};

/** What each of them comes to by itself. */
const BEGUN = new Set(['InOverlap', 'NotDue', 'Excluded']);

/** The name of one of the accounts. */
export type AccountName = keyof typeof ACCOUNTS;

/** A request as a test makes it. */
export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Undefined: the right one. */
  readonly functionKey?: string;
}

/** The service with a few accounts, and its API, whose every answer is held to the contract. */
export class ApiScene {
  readonly contract = new ApiContract();
  readonly #environment: Environment;

  private constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Starts everything; resolves when every account has begun, as far as it may. */
  static async start(): Promise<ApiScene> {
    const names = Object.keys(ACCOUNTS);
    const environment = await startEnvironment({
      accounts: Object.entries(ACCOUNTS).map(([name, tags]) => ({
        name,
        tags,
        kind: 'TextAnalytics',
      })),
      listed: names,
      settings: {
        ...TO_CHECK.settings,
        TWINKEY_CHECK_INTERVAL: 'PT1S',
        TWINKEY_ALLOW_KEYLESS: 'true',
      },
    });
    const scene = new ApiScene(environment);
    await scene.until('accounts', ({ json }) => {
      const begun = json.accounts.filter(({ reason }: { reason: string }) => BEGUN.has(reason));
      return begun.length === names.length;
    });
    return scene;
  }

  /** Ends everything. Rejects when an event was sent that is not as published. */
  async stop(): Promise<void> {
    await this.#environment.stop();
    expectContractKept(this.#environment.azure.model.topic);
  }

  /** `accounts/{subscription}/{resourceGroup}/{name}` and what follows. */
  path(name: AccountName, rest = ''): string {
    const found = this.#environment.azure.model.accounts.all().find((each) => each.name === name);
    if (!found) throw new Error(`no account ${name}`);
    return `accounts/${found.subscription}/${found.resourceGroup}/${name}${rest}`;
  }

  /** The account as the simulated Azure has it. */
  azureAccount(name: AccountName) {
    const found = this.#environment.azure.model.accounts.all().find((each) => each.name === name);
    if (!found) throw new Error(`no account ${name}`);
    return found;
  }

  /** The versions of the account's secret, oldest first, as the simulated Azure has them. */
  versions(name: AccountName) {
    return [...this.#environment.azure.model.vaults.values()].flatMap((vault) =>
      vault.peek(`${name}-key`),
    );
  }

  get(path: string, options?: RequestOptions): Promise<Answer> {
    return this.send('GET', path, options);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, { body, headers });
  }

  /** Makes a request and holds its answer to the contract. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { host, functionKey } = this.#environment;
    const { body, headers, functionKey: other = functionKey } = options;
    const response = await fetch(`${host.url}/api/${path}`, {
      method,
      headers: {
        'x-functions-key': other,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson =
      response.headers.get('content-type')?.includes('json') && !path.includes('jsonl');
    const json = isJson && text ? JSON.parse(text) : undefined;
    const answer = { status: response.status, headers: response.headers, text, json };
    this.contract.check(method, `/${path.split('?')[0]}`, answer);
    return answer;
  }

  /** Asks again and again until the answer is as wanted. */
  async until(path: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await this.get(path);
      if (wanted(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Resolves with the account when it is in a phase. */
  async untilPhase(name: AccountName, phase: string) {
    return (await this.until(this.path(name), ({ json }) => json.phase === phase)).json;
  }
}
