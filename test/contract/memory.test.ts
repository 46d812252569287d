import { MemoryRecords } from '../../local/memory/records.ts';
import { MemoryStatuses } from '../../local/memory/statuses.ts';
import { describeRecordsContract } from './records.contract.ts';

describeRecordsContract('memory', async () => ({
  records: new MemoryRecords(),
  statuses: new MemoryStatuses(),
}));
