import type { Connection } from './connection.ts';
import { RequestError } from './errors.ts';
import { refusalOf, unreachable } from './problems.ts';
import type { World } from './world.ts';

/** A plan looks at every account of a page live. */
const ANSWER_LIMIT_MS = 120_000;

/** A request that got no answer is sent again so often, under the same idempotency key. */
const REPETITIONS = 1;
const PAUSE_MS = 1_000;

/** A part of the query that is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** The service's HTTP API. Everything throws {@link RequestError}. */
export class Api {
  readonly #connection: Connection;
  readonly #world: World;

  constructor(connection: Connection, world: World) {
    this.#connection = connection;
    this.#world = world;
  }

  /** The JSON that a path answers with. */
  async get<T>(path: string, query: Query = {}): Promise<T> {
    return parse(await this.getText(path, query)) as T;
  }

  /** What a path answers with, as it is. */
  async getText(path: string, query: Query = {}): Promise<string> {
    return this.#fetch(path + queryText(query), { method: 'GET' });
  }

  /**
   * Changes something; undefined where the answer has no body. Sent once more when no answer came:
   * the idempotency key keeps it one request.
   */
  async send<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    query: Query = {},
  ): Promise<T> {
    const headers: Record<string, string> = { 'idempotency-key': this.#world.newId() };
    if (body) headers['content-type'] = 'application/json';
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    for (let repetition = 0; ; repetition += 1) {
      try {
        const text = await this.#fetch(path + queryText(query), request);
        return (text === '' ? undefined : parse(text)) as T;
      } catch (error) {
        const isTransient = error instanceof RequestError && error.isTransient;
        if (!isTransient || repetition === REPETITIONS) throw error;
        await this.#world.sleep(PAUSE_MS);
      }
    }
  }

  async #fetch(path: string, request: RequestInit): Promise<string> {
    const { url, functionKey } = this.#connection;
    const headers = new Headers(request.headers);
    if (functionKey) headers.set('x-functions-key', functionKey);
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    // A redirect would take the function key along to wherever it leads.
    const options = { ...request, headers, signal, redirect: 'manual' } as const;
    let response: Response;
    let text: string;
    try {
      response = await this.#world.fetch(`${url}/${path}`, options);
      text = await response.text();
    } catch (error) {
      throw unreachable(url, error);
    }
    if (response.ok) return text;
    throw refusalOf(response, text, functionKey !== undefined);
  }
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters}`;
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, together with JSON of another form.
  }
  throw new RequestError(
    'Expected JSON from the Twinkey API, found something else. Check --url: it ends in /api.',
  );
}
