/** What a rotating key tells the app about its work in the background. Never carries a key. */
export type Notice =
  /** The secret was read; `reasons` are those of the reloads it answered. */
  | {
      readonly kind: 'loaded';
      readonly fingerprint: string;
      readonly changed: boolean;
      readonly reasons: readonly string[];
    }
  /** The secret could not be read; `fingerprint` names the key that stays in use. */
  | {
      readonly kind: 'loadFailed';
      readonly fingerprint: string | undefined;
      readonly reasons: readonly string[];
      readonly error: unknown;
    }
  /** The service knows that this app uses the key. */
  | { readonly kind: 'acknowledged'; readonly fingerprint: string }
  /** The service could not be told, or does not list this app; its next reminder is another chance. */
  | {
      readonly kind: 'acknowledgementFailed';
      readonly fingerprint: string;
      readonly error: unknown;
    };
