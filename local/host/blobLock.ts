import {
  type BlobLeaseClient,
  type BlockBlobClient,
  type ContainerClient,
  RestError,
} from '@azure/storage-blob';
import { errorText } from './hostError.ts';
import { waitUntil } from './wait.ts';

/** How long a lease outlives a host that died with it; 15 s is the shortest that storage grants. */
const LEASE_MS = 15_000;
const RENEW_AFTER_MS = LEASE_MS / 3;

/**
 * A lock that all hosts on one storage account share: the lease of a blob. As in Azure it keeps a
 * timer on one host; and as in Azure it can be lost, so it makes double runs rare, not impossible.
 */
export class BlobLock {
  readonly #container: ContainerClient;
  readonly #blob: BlockBlobClient;

  constructor(container: ContainerClient, name: string) {
    this.#container = container;
    this.#blob = container.getBlockBlobClient(name);
  }

  /** The lock, or undefined while another host has it. */
  async tryAcquire(): Promise<HeldLock | undefined> {
    await this.#createBlob();
    const lease = this.#blob.getBlobLeaseClient();
    const askedAt = Date.now();
    try {
      await lease.acquireLease(LEASE_MS / 1000);
    } catch (error) {
      if (hasStatus(error, 409)) return undefined;
      throw error;
    }
    return new HeldLock(lease, askedAt);
  }

  async #createBlob(): Promise<void> {
    await this.#container.createIfNotExists();
    try {
      await this.#blob.upload('', 0, { conditions: { ifNoneMatch: '*' } });
    } catch (error) {
      // There already; 412 when it is leased as well.
      if (!hasStatus(error, 409) && !hasStatus(error, 412)) throw error;
    }
  }
}

/** A lock in hand, renewed until it is released or lost. */
export class HeldLock {
  readonly #lease: BlobLeaseClient;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  readonly #renewing: Promise<void>;
  #validUntil: number;

  constructor(lease: BlobLeaseClient, acquiredAt: number) {
    this.#lease = lease;
    this.#validUntil = acquiredAt + LEASE_MS;
    this.#renewing = this.#renew();
  }

  /** Fires when another host may have the lock. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** False, too, right after a process that was stopped for long runs on, before any timer of its. */
  isHeld(now: number): boolean {
    return !this.#lost.signal.aborted && now < this.#validUntil;
  }

  async release(): Promise<void> {
    this.#released.abort();
    await this.#renewing;
    if (this.isHeld(Date.now())) {
      // Best effort: a lease that cannot be released runs out by itself.
      await this.#lease.releaseLease().catch(errorText);
    }
  }

  async #renew(): Promise<void> {
    while (await waitUntil(Date.now() + RENEW_AFTER_MS, this.#released.signal)) {
      const askedAt = Date.now();
      try {
        await this.#lease.renewLease({ abortSignal: AbortSignal.timeout(RENEW_AFTER_MS) });
        this.#validUntil = askedAt + LEASE_MS;
      } catch (error) {
        const isTaken = hasStatus(error, 409) || hasStatus(error, 412) || hasStatus(error, 404);
        if (isTaken || Date.now() >= this.#validUntil) {
          this.#lost.abort();
          return;
        }
      }
    }
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof RestError && error.statusCode === status;
}
