import { Failure } from '../../shared/core/failures.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { brakesNow } from '../../shared/service/operations/brakes.ts';
import { followRotation } from '../../shared/service/operations/follow.ts';
import { historyPage } from '../../shared/service/operations/history.ts';
import { holdsOfAll } from '../../shared/service/operations/holds.ts';
import { inspectAccount } from '../../shared/service/operations/inspect.ts';
import { Refused } from '../../shared/service/operations/lookup.ts';
import { planAccounts } from '../../shared/service/operations/plan.ts';
import type { World } from './world.ts';

/** An operator looks at all that the API shows, of which nothing may hold a key. */
export async function lookAtAll(world: World): Promise<void> {
  const { platform, secrecy } = world;
  const ids = world.scenario.accounts.map(({ name }) => world.idOf(name));
  const looks: readonly Look[] = [
    ['the plan', (from) => planAccounts({ limit: 100, after: '', until: Infinity }, from)],
    ['the brakes', brakesNow],
    ['the holds', async (from) => ids.map(await holdsOfAll(from))],
    ['the history of all', (from) => historyPage(null, { limit: 100 }, from)],
    ...ids.flatMap(looksAt),
  ];
  for (const [what, look] of looks) {
    const answer = await platform.anyInstance()?.run(look).catch(refusal);
    secrecy.inspect(JSON.stringify(answer ?? null), what);
  }
}

/** What the caller reads where there is no answer. */
function refusal(error: unknown): string {
  if (error instanceof Refused || error instanceof Failure) return error.message;
  throw error;
}

type Look = readonly [what: string, look: (from: Dependencies) => Promise<unknown>];

function looksAt(id: string): Look[] {
  return [
    ['the account', (from) => inspectAccount(id, from)],
    ['its history', (from) => historyPage(id, { limit: 100 }, from)],
    ['its rotation', (from) => followCurrent(id, from)],
  ];
}

async function followCurrent(id: string, from: Dependencies): Promise<unknown> {
  const status = await from.statuses.get(id);
  const rotation = status?.rotationId ?? status?.lastRotationId;
  return rotation ? followRotation(id, rotation, from) : undefined;
}
