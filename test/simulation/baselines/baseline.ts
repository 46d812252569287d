import { Duration } from 'luxon';
import { Failure } from '../../../shared/core/failures.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import { fingerprintOf } from '../ledger.ts';
import type { World } from '../world.ts';

/** Another way to rotate keys, in the place of the service. */
export interface Baseline {
  /** Complete rotations so far. */
  readonly rotations: number;
  start(): void;
  /** An operator wants a rotation now. */
  rotate(account: string): void;
}

/** How often an account is to be rotated (ms), by the tag that it begins with. */
export function periodMsOf({ scenario }: World, account: string): number {
  const plan = scenario.accounts.find(({ name }) => name === account);
  return Duration.fromISO(plan?.tags['key-rotation-period'] ?? 'P30D').toMillis();
}

/** Runs a job on whatever instance is up. False: it failed, or the instance died. */
export async function runJob(
  world: World,
  job: (dependencies: Dependencies) => Promise<void>,
): Promise<boolean> {
  const instance = world.platform.anyInstance();
  if (!instance) return false;
  try {
    return (await instance.run(job)) !== 'died';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    world.oracle.say(`a job failed: ${error.message}`);
    return false;
  }
}

/** What a person does who sets the rotation up: the first version of each secret, from Key1. */
export function setUpSecrets(
  world: World,
  propertiesOf: (account: string) => { tags: Record<string, string>; expires?: number },
): void {
  for (const { name } of world.scenario.accounts) {
    const value = world.account(name).keys.value('Key1');
    world.byHand(() => world.vault.set(`${name}-key`, value, propertiesOf(name)));
    world.oracle.say(`set up with ${fingerprintOf(value)}`);
  }
}
