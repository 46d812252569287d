/** When the fleet brakes. */
export interface BrakeLimits {
  /** So many different accounts in a row have to fail in the same way. */
  readonly after: number;
  /** Without a failure for so long, starts go on. */
  readonly quietMs: number;
}

/** What a deployment allows its fleet. */
export interface FleetLimits {
  /** Accounts between start and retired at once; null: any number. */
  readonly maxUnderWay: number | null;
  /** How long after a publish an account of a lower ring is waited for. */
  readonly ringDelayMs: number;
  readonly brake: BrakeLimits;
}

/** The limits of a deployment that sets none. */
export const DEFAULT_FLEET: FleetLimits = {
  maxUnderWay: null,
  ringDelayMs: 0,
  brake: { after: 5, quietMs: 15 * 60_000 },
};
