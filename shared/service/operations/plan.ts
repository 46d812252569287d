import {
  type Admission,
  HELD_BACK_REASONS,
  holdInForce,
  type ScopedHold,
} from '../../core/observation.ts';
import { planNextStep } from '../../core/planner.ts';
import type { Step } from '../../core/steps.ts';
import type { Dependencies } from '../dependencies.ts';
import { observe } from '../observe.ts';
import type { AccountStatus } from '../statusPorts.ts';

/** What would be done next for an account, and when (epoch ms). */
export interface PlannedStep {
  readonly accountId: string;
  readonly name: string;
  readonly step: Pick<Step, 'do' | 'reason' | 'message'>;
  readonly at: number;
  /** What keeps keys from being regenerated, now and whenever that time comes before its end. */
  readonly hold: ScopedHold | null;
}

/** Accounts that are looked at side by side. */
const AT_ONCE = 4;

/**
 * A dry run of the planner over a page of accounts, in the order of their ids: everything is read as
 * in a pass, nothing is changed. `after` is the last id of the page before, `until` (epoch ms) leaves
 * out what comes later.
 */
export async function planAccounts(
  page: { limit: number; after: string; until: number },
  dependencies: Dependencies,
): Promise<{ steps: PlannedStep[]; next: string | undefined }> {
  const accounts: Known[] = [];
  for await (const status of dependencies.statuses.list()) {
    const { accountId, name } = status;
    if (accountId > page.after) accounts.push({ accountId, name, said: lastWord(status) });
  }
  accounts.sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
  const mine = accounts.slice(0, page.limit);
  const steps: PlannedStep[] = [];
  for (let index = 0; index < mine.length; index += AT_ONCE) {
    const some = mine.slice(index, index + AT_ONCE);
    steps.push(...(await Promise.all(some.map((account) => planOne(account, dependencies)))));
  }
  return {
    steps: steps.filter(({ at }) => at <= page.until),
    next: mine.length < accounts.length ? mine.at(-1)?.accountId : undefined,
  };
}

interface Known {
  readonly accountId: string;
  readonly name: string;
  readonly said: Admission;
}

/** A dry run cannot know what the next tick admits: what the last one held back stays so, the rest begins. */
function lastWord({ reason, message, attention }: AccountStatus): Admission {
  const refused = HELD_BACK_REASONS.find((each) => each === reason);
  const why = message.replace(/^due: /, '');
  return refused ? { refused, message: why, attention } : { until: Number.POSITIVE_INFINITY };
}

async function planOne(
  { accountId, name, said }: Known,
  dependencies: Dependencies,
): Promise<PlannedStep> {
  const worker = dependencies.ids.next();
  const { observation } = await observe(accountId, worker, dependencies, said, 'ask');
  const step = planNextStep(observation, dependencies.deployment.timing);
  const { do: what, reason, message } = step;
  const hold = holdInForce(observation) ?? null;
  const at = step.do === 'wait' ? step.until : observation.now;
  return { accountId, name, step: { do: what, reason, message }, at, hold };
}
