import type {
  AccountDetailView,
  AccountView,
  BrakeView,
  CallerView,
  HistoryView,
  HoldView,
  KeylessView,
} from '../../api/views.ts';

/** An account of the list, or one read by itself, which says more. */
export type Account = AccountView & Partial<AccountDetailView>;
export type HistoryEntry = HistoryView;
export type Hold = HoldView;
export type Brake = BrakeView;
export type Caller = CallerView;
export type KeylessPreview = KeylessView;
export type Slot = NonNullable<AccountView['activeSlot']>;

/** What an action sends and how it is asked for: see `actions.js`. */
export interface Action {
  readonly title: string;
  /** What will happen, in one or two sentences. */
  readonly explanation: string;
  /** What it would mean, by headings. */
  readonly details?: readonly (readonly [heading: string, lines: readonly string[]])[];
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
