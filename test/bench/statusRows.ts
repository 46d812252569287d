import { TableClient, type TransactionAction } from '@azure/data-tables';

/** A row as storage has it. */
export type Row = { partitionKey: string; rowKey: string } & Record<string, unknown>;

/** Rows that storage writes at once, all of one partition. */
const BATCH = 100;

/** Reads every status in the table of accounts. */
export async function readStatuses(connectionString: string): Promise<Row[]> {
  const filter = "PartitionKey eq 'status'";
  const rows: Row[] = [];
  for await (const row of tableOf(connectionString).listEntities({ queryOptions: { filter } })) {
    const { etag: _etag, timestamp: _timestamp, ...columns } = row;
    rows.push(columns as Row);
  }
  return rows;
}

/** Writes rows straight to the table of accounts. */
export async function writeRows(connectionString: string, rows: readonly Row[]): Promise<void> {
  const table = tableOf(connectionString);
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH);
    await table.submitTransaction(
      batch.map((row): TransactionAction => ['upsert', row, 'Replace']),
    );
  }
}

/** The status of another account: the same but for the name, wherever it stands. */
export function statusNamed(row: Row, from: string, to: string): Row {
  const renamed = Object.entries(row).map(([column, value]) => [
    column,
    typeof value === 'string' ? value.replaceAll(from, to) : value,
  ]);
  return Object.fromEntries(renamed) as Row;
}

function tableOf(connectionString: string): TableClient {
  return TableClient.fromConnectionString(connectionString, 'twinkeyaccounts', {
    allowInsecureConnection: true,
  });
}
