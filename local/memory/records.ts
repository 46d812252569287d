import { ACKNOWLEDGEMENTS_KEPT } from '../../shared/azure/rows.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { Acknowledgement, Hold, RotationRequest } from '../../shared/core/observation.ts';
import { parseRecord, type RotationRecord } from '../../shared/core/record.ts';
import type {
  AccountRows,
  HistoryEntry,
  Receipt,
  Records,
  StoredRecord,
} from '../../shared/service/recordPorts.ts';

/** All of it is as it would come back from a table: nobody who has it can change it. */
interface Partition {
  record: RotationRecord | undefined;
  etag: string;
  /** Oldest first; of the same moment, in the order in which they came. */
  readonly history: HistoryEntry[];
  readonly requests: Map<string, RotationRequest>;
  readonly receipts: Map<string, Receipt>;
  readonly acknowledgements: Map<string, Acknowledgement>;
}

/** Records in memory, with the same promises as the ones in tables, for simulation and tests. */
export class MemoryRecords implements Records {
  readonly #partitions = new Map<string | null, Partition>();
  readonly #holds = new Map<string | null, Hold>();
  #writes = 0;

  async read(accountId: string): Promise<AccountRows> {
    const rows = await this.readOwn(accountId);
    const ofAll = this.#holds.get(null);
    return ofAll ? { ...rows, holds: [...rows.holds, { ...ofAll, scope: 'all' }] } : rows;
  }

  async readOwn(accountId: string): Promise<AccountRows> {
    const { requests, acknowledgements } = this.#partition(accountId);
    const own = this.#holds.get(accountId);
    return {
      stored: this.#stored(accountId),
      requests: [...requests.values()],
      holds: own ? [{ ...own, scope: 'account' }] : [],
      acknowledgements: [...acknowledgements.values()],
    };
  }

  async write(
    record: RotationRecord,
    etag: string | null,
    history: readonly HistoryEntry[],
  ): Promise<string | undefined> {
    const partition = this.#partition(record.accountId);
    const current = partition.record === undefined ? null : partition.etag;
    if (etag !== current) return undefined;
    this.#writes += 1;
    partition.record = storedForm(record);
    partition.etag = `"${this.#writes}"`;
    for (const entry of history) insert(entry, partition.history);
    return partition.etag;
  }

  async addRequest(accountId: string, request: RotationRequest, digest = ''): Promise<Receipt> {
    const { requests, receipts } = this.#partition(accountId);
    const { id, kind, actor, comment, createdAt } = request;
    const known = receipts.get(id);
    if (known) return known;
    const receipt = copyOf({ id, kind, actor, comment, createdAt, digest });
    requests.set(id, copyOf(request));
    receipts.set(id, receipt);
    return receipt;
  }

  async removeRequest(accountId: string, requestId: string): Promise<void> {
    this.#partition(accountId).requests.delete(requestId);
  }

  async withdrawRequest(accountId: string, requestId: string): Promise<void> {
    await this.removeRequest(accountId, requestId);
    this.#partition(accountId).receipts.delete(requestId);
  }

  async readReceipt(accountId: string, requestId: string): Promise<Receipt | null> {
    return this.#partition(accountId).receipts.get(requestId) ?? null;
  }

  async readHold(accountId: string | null): Promise<Hold | null> {
    return this.#holds.get(accountId) ?? null;
  }

  async ownHolds(): Promise<ReadonlyMap<string, Hold>> {
    const own = new Map<string, Hold>();
    for (const [accountId, hold] of this.#holds) {
      if (accountId !== null) own.set(accountId, hold);
    }
    return own;
  }

  async append(accountId: string | null, entry: HistoryEntry): Promise<void> {
    insert(entry, this.#partition(accountId).history);
  }

  async setHold(accountId: string | null, hold: Hold | null): Promise<void> {
    if (hold) this.#holds.set(accountId, copyOf(hold));
    else this.#holds.delete(accountId);
  }

  async acknowledge(accountId: string, acknowledgement: Acknowledgement): Promise<void> {
    const { acknowledgements } = this.#partition(accountId);
    acknowledgements.set(keyOf(acknowledgement), copyOf(acknowledgement));
    const outlived = [...acknowledgements.values()]
      .filter(({ subscriber }) => subscriber === acknowledgement.subscriber)
      .toSorted((a, b) => b.at - a.at)
      .slice(ACKNOWLEDGEMENTS_KEPT);
    for (const old of outlived) acknowledgements.delete(keyOf(old));
  }

  async history(
    accountId: string | null,
    limit: number,
    continuation = '0',
  ): Promise<{ entries: HistoryEntry[]; continuation: string | undefined }> {
    if (!/^\d+$/.test(continuation)) {
      throw new Failure('notFound', `history of ${accountId}: no page ended there`);
    }
    const { history } = this.#partition(accountId);
    const left = Math.max(0, history.length - Number(continuation));
    const entries = history.slice(Math.max(0, left - limit), left).toReversed();
    const end = Number(continuation) + limit;
    return { entries, continuation: end < history.length ? String(end) : undefined };
  }

  /** Loses the record and leaves the rest, as a deletion by hand would. */
  loseRecord(accountId: string): void {
    this.#partition(accountId).record = undefined;
  }

  #stored(accountId: string): StoredRecord | null {
    const { record, etag } = this.#partition(accountId);
    return record ? { record, etag } : null;
  }

  #partition(accountId: string | null): Partition {
    const known = this.#partitions.get(accountId);
    if (known) return known;
    const partition: Partition = {
      record: undefined,
      etag: '',
      history: [],
      requests: new Map(),
      receipts: new Map(),
      acknowledgements: new Map(),
    };
    this.#partitions.set(accountId, partition);
    return partition;
  }
}

/** Through JSON and back, as a table has it: a record that could not be read again is a defect. */
function storedForm(record: RotationRecord): RotationRecord {
  const read = parseRecord(JSON.parse(JSON.stringify(record)));
  if (!read) throw new Error(`The record of ${record.accountId} could not be read again`);
  return frozen(read);
}

function insert(entry: HistoryEntry, history: HistoryEntry[]): void {
  const before = history.findLastIndex(({ at }) => at <= entry.at);
  history.splice(before + 1, 0, copyOf(entry));
}

function copyOf<T extends object>(value: T): T {
  return frozen(structuredClone(value));
}

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null) frozen(part);
  }
  return Object.freeze(value);
}

function keyOf({ fingerprint, subscriber }: Acknowledgement): string {
  return `${fingerprint} ${subscriber}`;
}
