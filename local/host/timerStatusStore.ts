import { type BlockBlobClient, type ContainerClient, RestError } from '@azure/storage-blob';
import * as z from 'zod';
import type { ScheduleStatus } from './schedule.ts';

const statusSchema = z.object({
  Last: z.string(),
  Next: z.string(),
  LastUpdated: z.string(),
});

/** Keeps a timer's status in a blob, so that a run missed while no host was up is noticed. */
export class TimerStatusStore {
  readonly #blob: BlockBlobClient;

  constructor(container: ContainerClient, name: string) {
    this.#blob = container.getBlockBlobClient(name);
  }

  /** Undefined when nothing, or nothing readable, is stored: the timer then begins anew. */
  async read(): Promise<ScheduleStatus | undefined> {
    let text: string;
    try {
      text = (await this.#blob.downloadToBuffer()).toString('utf8');
    } catch (error) {
      if (error instanceof RestError && error.statusCode === 404) return undefined;
      throw error;
    }
    return statusSchema.safeParse(JSON.parse(text)).data;
  }

  async write(status: ScheduleStatus): Promise<void> {
    const text = JSON.stringify(status);
    await this.#blob.upload(text, Buffer.byteLength(text));
  }
}
