/**
 * Why an account is in the state it is in, or why a step is taken. The same words appear in the
 * status, the history, log lines, events, HTTP answers and tests.
 */
export const REASONS = {
  /** An account tag or a deployment default is invalid; the account is left alone until it is mended. */
  PolicyInvalid: 'PolicyInvalid',
  /** The account's tag `key-rotation` says `disabled`, or a discovered account lost its tag. */
  Excluded: 'Excluded',
  /** ARM does not know the account (any more). */
  AccountMissing: 'AccountMissing',
  /** The account's provisioning state is not `Succeeded`. */
  AccountNotReady: 'AccountNotReady',
  /** Key authentication is switched off: there is nothing left to rotate. A success. */
  Keyless: 'Keyless',
  /** Another worker is at this account; its claim has not ended. */
  ClaimedByAnother: 'ClaimedByAnother',
  /** ARM, the vault or the record could not be read, so nothing is decided. */
  ObservationIncomplete: 'ObservationIncomplete',
  /** Azure's limits leave no room for the account's calls just now; it goes on when they do. */
  Throttled: 'Throttled',
  /** The vault answered a version older than one already seen: a stale read. */
  VaultBehind: 'VaultBehind',
  /** The secret carries another account's id. */
  SecretBelongsToAnother: 'SecretBelongsToAnother',
  /** The secret carries another deployment's `managed-by`. */
  ManagedElsewhere: 'ManagedElsewhere',
  /** The secret carries no `managed-by`: it is tagged as ours, and watched for one quarantine. */
  SecretUnclaimed: 'SecretUnclaimed',
  /** A person disabled the secret's newest version. */
  SecretDisabled: 'SecretDisabled',
  /** The secret is soft-deleted and is being recovered. */
  SecretDeleted: 'SecretDeleted',
  /** There is no record of this account: one is made from what Key Vault says. */
  RecordMissing: 'RecordMissing',
  /** There is no secret yet: a current key of the account is verified and published. */
  SecretMissing: 'SecretMissing',
  /** The secret's value matches neither slot: someone regenerated the active key or edited the secret. */
  Drifted: 'Drifted',
  /** The newest version is not the recorded one: the record follows the vault. */
  Rebased: 'Rebased',
  /** An operator declared a key leaked. */
  KeyCompromised: 'KeyCompromised',
  /** An operator asked to end key authentication: both keys are replaced, then it is switched off. */
  KeylessRequested: 'KeylessRequested',
  /** Somebody acknowledged a key after it was confirmed who would be hurt by the end of keys. */
  KeysStillUsed: 'KeysStillUsed',
  /** An operator asked for the previous key back. */
  RollbackRequested: 'RollbackRequested',
  /** An operator forbade regenerating for a while. */
  HoldPlaced: 'HoldPlaced',
  /** An operator took a hold away. */
  HoldReleased: 'HoldReleased',
  /** An app said that it uses the active key. */
  Acknowledged: 'Acknowledged',
  /** An operator asked for a rotation. */
  RotationRequested: 'RotationRequested',
  /** A person asked for something: what, and why. */
  RequestMade: 'RequestMade',
  /** A request cannot be carried out (any more). */
  RequestRefused: 'RequestRefused',
  /** A request has been carried out. */
  RequestDone: 'RequestDone',
  /** An attempt of unknown outcome could still take effect. */
  InQuarantine: 'InQuarantine',
  /** The standby key is being regenerated. */
  RegeneratingStandby: 'RegeneratingStandby',
  /** The new key is being tried on the data plane. */
  Verifying: 'Verifying',
  /** The new key is still not accepted after the verification limit. */
  VerificationOverdue: 'VerificationOverdue',
  /** A network rule shuts this service out of the data plane: a settling delay takes the probe's place. */
  ProbeForbidden: 'ProbeForbidden',
  /** The verified key is being written to Key Vault. */
  Publishing: 'Publishing',
  /** The new version is in Key Vault; Event Grid has not accepted the announcement yet. */
  AnnouncementPending: 'AnnouncementPending',
  /** Both keys are valid; apps have time to reload. */
  InOverlap: 'InOverlap',
  /** A reminder that the stale key is about to be regenerated. */
  ReminderDue: 'ReminderDue',
  /** The overlap is over, but listed subscribers have not acknowledged. */
  AcknowledgementMissing: 'AcknowledgementMissing',
  /** Acknowledgements are missing beyond their limit: a person has to look. */
  AcknowledgementOverdue: 'AcknowledgementOverdue',
  /** A hold forbids regenerating. */
  Held: 'Held',
  /** The account's window is closed. */
  WindowClosed: 'WindowClosed',
  /** The stale key is being regenerated. */
  RegeneratingStale: 'RegeneratingStale',
  /** The stale key is regenerated; its old value is being tried until it is refused. */
  ConfirmingRetirement: 'ConfirmingRetirement',
  /** The stale key's old value is still accepted after the verification limit. */
  StaleKeyStillAccepted: 'StaleKeyStillAccepted',
  /** A call was refused or failed; it will be tried again. */
  CallFailed: 'CallFailed',
  /** The active key's period is over. */
  Due: 'Due',
  /** Due, but as many accounts are under way as the deployment allows at once. */
  FleetLimit: 'FleetLimit',
  /** Due, but too many accounts in a row failed in a service that this one needs. */
  FleetBraked: 'FleetBraked',
  /** Rotations begin again: nothing failed for a while, or an operator released the brake. */
  BrakeReleased: 'BrakeReleased',
  /** Due, but accounts of a lower ring go first. */
  RingWaiting: 'RingWaiting',
  /** Nothing to do until the named time. */
  NotDue: 'NotDue',
} as const;

/** One of {@link REASONS}. */
export type Reason = keyof typeof REASONS;
