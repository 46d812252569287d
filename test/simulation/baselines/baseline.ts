import { Duration } from 'luxon';
import { Failure } from '../../../shared/core/failures.ts';
import type { Dependencies } from '../../../shared/service/dependencies.ts';
import type { Incident, OperatorDeed } from '../incidents.ts';
import { fingerprintOf } from '../ledger.ts';
import type { Planner } from '../planner.ts';
import type { World } from '../world.ts';

/** Another way to rotate keys, in the place of the service. */
export abstract class Baseline implements Planner {
  protected readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  abstract start(): void;

  stop(): void {}

  /** An operator wants a rotation now; for all else that Twinkey may be asked for there is nothing here. */
  protected abstract rotate(account: string): void;

  async asked({ account }: Incident, { kind }: OperatorDeed): Promise<void> {
    if (kind === 'rotate') this.rotate(account);
  }
}

/** How often an account is to be rotated (ms), by the tag that it begins with. */
export function periodMsOf(world: World, account: string): number {
  return tagOf(world, account, 'key-rotation-period') ?? Duration.fromISO('P30D').toMillis();
}

/** How long both keys of an account are to be valid (ms), by the tag that it begins with. */
export function overlapMsOf(world: World, account: string): number {
  return tagOf(world, account, 'key-rotation-overlap') ?? Duration.fromISO('P2D').toMillis();
}

function tagOf({ scenario }: World, account: string, tag: string): number | undefined {
  const text = scenario.accounts.find(({ name }) => name === account)?.tags[tag];
  return text === undefined ? undefined : Duration.fromISO(text).toMillis();
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
    world.byHand(() => world.vaultOf(name).set(`${name}-key`, value, propertiesOf(name)));
    world.oracle.say(`set up with ${fingerprintOf(value)}`);
  }
}
