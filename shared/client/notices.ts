/** What a rotating key tells the app about its work in the background. Never carries a key or a token. */
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
  /** The secret is disabled; the key at hand stays in use as long as the account takes it. */
  | {
      readonly kind: 'secretDisabled';
      readonly fingerprint: string | undefined;
      readonly reasons: readonly string[];
    }
  /** The account takes no keys: from now on requests carry Entra ID tokens. */
  | { readonly kind: 'keyless'; readonly fingerprint: string | undefined }
  /** A token could not be renewed ahead of its end; the one at hand stays in use until then. */
  | { readonly kind: 'tokenRenewalFailed'; readonly error: unknown }
  /** The service knows that this app uses the key. */
  | { readonly kind: 'acknowledged'; readonly fingerprint: string }
  /** The service could not be told, or does not list this app; its next reminder is another chance. */
  | {
      readonly kind: 'acknowledgementFailed';
      readonly fingerprint: string;
      readonly error: unknown;
    };

/** Where notices go. */
export type Notify = (notice: Notice) => void;

/** Tells the app; its faulty log must not keep it from getting its key. */
export function notifier(onNotice: Notify | undefined): Notify {
  return (notice) => {
    try {
      // A log may be asynchronous although its type does not say so.
      const logged: unknown = onNotice?.(notice);
      Promise.resolve(logged).catch(() => {});
    } catch {}
  };
}
