import type { Outcome } from './run.ts';
import type { Violation } from './violations.ts';

/** A violation with what replays it. */
export interface Finding extends Violation {
  readonly seed: number;
  readonly command: string;
}

/** What came of many worlds. */
export interface Summary {
  readonly seeds: number;
  readonly simulatedDays: number;
  readonly rotations: number;
  readonly faultsInjected: number;
  readonly crashes: number;
  readonly appRequests: number;
  readonly appFailures: number;
  readonly violations: readonly Finding[];
  readonly simulatedDaysPerSecond: number;
}

/** What is kept of a world whose timeline is of no interest. */
export type Result = Omit<Outcome, 'trace' | 'strikes' | 'events'> & { readonly faults: number };

/** One world's outcome without what is long. */
export function resultOf({ trace: _, events: __, strikes, ...outcome }: Outcome): Result {
  return { ...outcome, faults: strikes.length };
}

/** What lives through a world again, with a planted bug of this name or without one. */
export function commandOf(seed: number, days: number, planted?: string): string {
  const bug = planted === undefined ? '' : ` --planted "${planted}"`;
  return `npm run simulate --${bug} --seed ${seed} --days ${days}`;
}

/** All worlds together, in which a bug of this name may be planted. */
export function summaryOf(
  results: readonly Result[],
  days: number,
  elapsedMs: number,
  planted?: string,
): Summary {
  const sum = (count: (result: Result) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  const simulatedDays = sum((result) => result.simulatedDays);
  return {
    seeds: results.length,
    simulatedDays,
    rotations: sum(({ rotations }) => rotations),
    faultsInjected: sum(({ faults }) => faults),
    crashes: sum(({ crashes }) => crashes),
    appRequests: sum(({ appRequests }) => appRequests),
    appFailures: sum(({ appFailures }) => appFailures),
    violations: results.flatMap(({ seed, violations }) =>
      violations.map((violation) => ({
        ...violation,
        seed,
        command: commandOf(seed, days, planted),
      })),
    ),
    simulatedDaysPerSecond: Math.round(simulatedDays / Math.max(0.001, elapsedMs / 1_000)),
  };
}
