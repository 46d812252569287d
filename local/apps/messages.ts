/** An account as a demo app is told of it. No key: the app reads that from Key Vault. */
export interface AppAccount {
  name: string;
  kind: string;
  location: string;
  /** With or without a trailing slash. */
  endpoint: string;
  secretName: string;
  /** The account lists the app, which acknowledges its keys. */
  acknowledges?: boolean;
}

/** How an app acknowledges. No function key: the app reads that from its file. */
export interface AppAcknowledgement {
  subscriber: string;
  apiUrl: string;
  functionKeyFile: string;
}

/** What a demo app has to know; the first message it gets. */
export interface AppConfiguration {
  type: 'start';
  vaultUrl: string;
  pollIntervalMs: number;
  /** Between two requests of a user; default: so short that an account is called all the time. */
  thinkTimeMs?: number;
  accounts: AppAccount[];
  /** Left out: the app never does. */
  acknowledgement?: AppAcknowledgement;
}

/** What the launcher tells a demo app. `stop` ends it after the requests under way. */
export type LauncherMessage = AppConfiguration | { type: 'stop' };

/** Requests to one account so far. */
export interface Counter {
  served: number;
  failed: number;
  /** How the last failed request failed. */
  lastFailure: string | null;
}

/** What a demo app tells the launcher. */
export type AppMessage =
  /** `webhookUrl`: where the app takes events, if it does. */
  | { type: 'ready'; webhookUrl: string | null }
  /** By account name. `final`: the app is about to end. */
  | { type: 'counters'; counters: Record<string, Counter>; final: boolean };
