/**
 * The time limits that the safety of a rotation rests on, all in milliseconds, validated together.
 * They hold for the whole deployment; what may differ between accounts is in the policy.
 */
export interface Timing {
  /** A regenerate or a publish is not sent later than this after the pass began to observe. */
  readonly sendWithinMs: number;
  /** Time-out of one outside call. */
  readonly callTimeoutMs: number;
  /** Largest difference between two instances' clocks that is allowed for. */
  readonly clockSkewMs: number;
  /** How long an attempt of unknown outcome is given to take effect before anything else happens. */
  readonly quarantineMs: number;
  /** How long a worker's claim on an account lasts after its last record write. */
  readonly claimMs: number;
  /** Pause between two probes of a new key. */
  readonly probeIntervalMs: number;
  /** How long a new key may be refused before people are told. */
  readonly verificationLimitMs: number;
  /** How long a new key rests before it is published when a network rule forbids probing it. */
  readonly settlingDelayMs: number;
  /** Shortest time between two scheduled rotations of an account. */
  readonly minimumIntervalMs: number;
  /** Longest time between two looks at an account: bounds how long drift goes unnoticed. */
  readonly checkIntervalMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The defaults. The clean path never waits for a quarantine; only an unclear outcome does. */
export const DEFAULT_TIMING: Timing = {
  sendWithinMs: 60 * SECOND,
  callTimeoutMs: 30 * SECOND,
  clockSkewMs: 5 * MINUTE,
  quarantineMs: 15 * MINUTE,
  claimMs: 3 * MINUTE,
  probeIntervalMs: 10 * SECOND,
  verificationLimitMs: 15 * MINUTE,
  settlingDelayMs: 5 * MINUTE,
  minimumIntervalMs: 60 * MINUTE,
  checkIntervalMs: 15 * MINUTE,
};

/**
 * What is wrong with these limits taken together; empty when they are safe. A request sent at the
 * last allowed moment by an instance whose clock is behind must have ended or timed out before the
 * quarantine that was written for it does.
 */
export function timingProblems(timing: Timing): string[] {
  const problems: string[] = [];
  const latestEffectMs = timing.sendWithinMs + timing.callTimeoutMs + timing.clockSkewMs;
  if (timing.quarantineMs <= latestEffectMs) {
    problems.push(
      `quarantine must be longer than sendWithin + callTimeout + clockSkew = ${latestEffectMs} ms, ` +
        `found ${timing.quarantineMs} ms`,
    );
  }
  if (timing.claimMs <= timing.callTimeoutMs) {
    problems.push(
      `claim must be longer than callTimeout = ${timing.callTimeoutMs} ms, found ${timing.claimMs} ms`,
    );
  }
  return problems;
}

/** Wait before the next try after `setbacks` failures in a row: 15 s doubling, at most 15 min. */
export function backoffMs(setbacks: number, timing: Timing): number {
  const ceilingMs = timing.quarantineMs;
  return Math.min(ceilingMs, (ceilingMs / 60) * 2 ** Math.max(0, Math.min(setbacks, 20) - 1));
}
