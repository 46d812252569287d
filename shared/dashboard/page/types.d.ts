import type { accountView, historyView } from '../../api/views.ts';
import type { AccountStatus, HistoryEntry as StoredEntry } from '../../service/ports.ts';

type View = ReturnType<typeof accountView>;

/** An account as the API shows it, and what only some of its answers carry. */
export type Account = Omit<View, keyof Details> & Details;

interface Details {
  readonly nextStep?: { reason: string; message: string; at: string | null } | null;
  readonly hold?: Hold | null;
  readonly policy?: Policy | null;
  readonly acknowledgements?: readonly Acknowledgement[];
  readonly missingSubscribers?: readonly string[];
}

export interface Policy {
  readonly periodSeconds: number;
  readonly overlapSeconds: number;
  readonly window: unknown;
  readonly subscribers: readonly string[];
  readonly acknowledgement: unknown;
}

export interface Hold {
  readonly actor: string;
  readonly reason: string;
  readonly until: string | null;
}

export interface Acknowledgement {
  readonly subscriber: string;
  readonly fingerprint: string;
  readonly at: string;
}

export type HistoryEntry = ReturnType<typeof historyView>;
export type Slot = NonNullable<AccountStatus['activeSlot']>;
export type Outcome = StoredEntry['outcome'];

/** What an action sends and how it is asked for: see `actions.js`. */
export interface Action {
  readonly title: string;
  /** What will happen, in one or two sentences. */
  readonly explanation: string;
  readonly confirm: string;
  readonly isDangerous?: boolean;
  readonly fields: readonly Field[];
  /** Resolves to what the operator is told. */
  send(values: Record<string, string>, idempotencyKey: string): Promise<string>;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'select' | 'checkbox' | 'datetime';
  readonly hint?: string;
  readonly isRequired?: boolean;
  readonly options?: readonly (readonly [value: string, label: string])[];
}
