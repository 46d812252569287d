import type { TokenCredential } from '@azure/core-auth';
import { TableClient, type TableEntityResult, type TransactionAction } from '@azure/data-tables';
import { Failure } from '../core/failures.ts';
import { callWithin, pages, repeatable } from './calls.ts';
import { errorCodes } from './failures.ts';
import type { StorageSettings } from './settings.ts';

/** How a table is opened. */
export interface TableOptions {
  readonly storage: StorageSettings;
  /** Unused with a connection string. */
  readonly credential: TokenCredential;
  readonly callTimeoutMs: number;
}

/** What an operation on a table needs: the SDK's client, and the signal to pass on. */
export type TableOperation<T> = (client: TableClient, abortSignal: AbortSignal) => Promise<T>;

/** One table, created when it is first found missing. */
export class Table {
  readonly #client: TableClient;
  readonly #callTimeoutMs: number;

  constructor(name: string, { storage, credential, callTimeoutMs }: TableOptions) {
    const options = repeatable(callTimeoutMs);
    this.#callTimeoutMs = callTimeoutMs;
    this.#client =
      'connectionString' in storage
        ? TableClient.fromConnectionString(storage.connectionString, name, {
            ...options,
            // Connection strings name http only for an emulator.
            allowInsecureConnection: true,
          })
        : new TableClient(storage.tableServiceUrl, name, credential, options);
  }

  /** Runs one operation within the call time-out. Throws a `Failure` and nothing else. */
  async run<T>(what: string, operation: TableOperation<T>): Promise<T> {
    return callWithin(this.#callTimeoutMs, what, async (abortSignal) => {
      try {
        return await operation(this.#client, abortSignal);
      } catch (error) {
        if (!errorCodes(error).includes('TableNotFound')) throw error;
        await this.#client.createTable({ abortSignal });
        return operation(this.#client, abortSignal);
      }
    });
  }

  /**
   * Streams the rows that `filter` names, at most `maxPages` pages of 1,000. A table that is missing
   * has none. `select`: only these columns.
   */
  async *list<T extends object>(
    what: string,
    filter: string,
    maxPages: number,
    select?: string[],
  ): AsyncGenerator<TableEntityResult<T>> {
    const rows = this.#client.listEntities<T>({
      queryOptions: { filter, ...(select && { select }) },
    });
    try {
      yield* pages(this.#callTimeoutMs, what, maxPages, rows);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
    }
  }

  /** Merges up to 100 rows of one partition into what is there, all or none. */
  async transact(
    what: string,
    rows: readonly { partitionKey: string; rowKey: string }[],
  ): Promise<void> {
    const actions = rows.map((row): TransactionAction => ['upsert', row, 'Merge']);
    await this.run(what, (client, abortSignal) =>
      client.submitTransaction(actions, { abortSignal }),
    );
  }

  /** Like {@link Table.run}; a failure of one of the kinds gives undefined. */
  async runUnless<T>(
    kinds: readonly Failure['kind'][],
    what: string,
    operation: TableOperation<T>,
  ): Promise<T | undefined> {
    try {
      return await this.run(what, operation);
    } catch (error) {
      if (error instanceof Failure && kinds.includes(error.kind)) return undefined;
      throw error;
    }
  }
}

/**
 * `text` as a table key: `/`, `\`, `#`, `?` and control characters are not allowed there, and `/` is
 * the only one that resource ids and URLs of secrets have.
 */
export function tableKey(text: string): string {
  return text.toLowerCase().replaceAll('/', '|');
}
