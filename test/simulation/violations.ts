/** What must always hold, by name; the numbers are those of the README's list. */
export const STATEMENTS = {
  activeKey: '1. The active key is never regenerated.',
  staleKey: '2. The stale key is not regenerated before its time.',
  published: '3. Key Vault never gets a key that the account does not accept.',
  event: '4. An event never runs ahead of the vault.',
  secrecy: '5. A key lives in Key Vault and in memory, nowhere else.',
  doubt: '6. In doubt nothing is touched.',
  leak: 'A key that was declared leaked does not take the place of a good one.',
  progress: '7. Every account gets there.',
  apps: 'An app that reloads in time never sees a failed request.',
  history: 'The history tells what happened.',
  defect: 'Nothing is thrown but failures of calls.',
} as const;

/** The name of something that must hold. */
export type Statement = keyof typeof STATEMENTS;

/** A statement that did not hold. */
export interface Violation {
  readonly statement: Statement;
  readonly at: number;
  readonly account: string;
  readonly message: string;
}
