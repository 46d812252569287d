import type { PlanView } from '../../shared/api/views.ts';
import { accountPathOf, fetchAccounts } from '../accounts.ts';
import type { Api } from '../api.ts';
import { table } from '../tables.ts';
import { json, printableLines } from '../text.ts';
import { aheadOrHeld, timeOf } from '../times.ts';
import { ATTENTION, FINE, type Session } from './session.ts';

const HEADS = ['account', 'when', 'at', 'step', 'reason', 'message'];

/** Pages that are read at most; a page has 100 accounts. */
const PAGE_LIMIT = 1_000;

/** What may be typed about it. */
export interface PlanOptions {
  readonly days?: number | undefined;
  readonly format?: 'ics' | undefined;
}

interface Plan {
  readonly accounts: PlanView[];
  readonly continuation: string | null;
}

/** Shows the next step of every account, or of one, from a dry run; soonest first. */
export async function plan(
  account: string | undefined,
  { days, format }: PlanOptions,
  session: Session,
): Promise<number> {
  const { api, world } = session;
  if (format === 'ics') {
    world.write(printableLines(await api.getText('plan', { days, format })));
    return FINE;
  }
  const path = account === undefined ? undefined : await accountPathOf(account, api);
  const accounts = (await fetchAccounts(api)).filter((one) => isNamed(one.path, path));
  const ids = new Map(accounts.map(({ id, attention }) => [id, attention]));
  const planned = (await fetchPlan(api, days)).filter(({ accountId }) => ids.has(accountId));
  planned.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (session.json) world.write(`${json({ accounts: planned, continuation: null })}\n`);
  else world.write(planTable(planned, ids, world.now()));
  return [...ids.values()].some(Boolean) ? ATTENTION : FINE;
}

async function fetchPlan(api: Api, days: number | undefined): Promise<PlanView[]> {
  const accounts: PlanView[] = [];
  let continuation: string | undefined;
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const answer = await api.get<Plan>('plan', { days, continuation });
    accounts.push(...answer.accounts);
    if (answer.continuation === null) break;
    continuation = answer.continuation;
  }
  return accounts;
}

function isNamed(path: string, named: string | undefined): boolean {
  return named === undefined || `accounts/${path}`.toLowerCase() === named.toLowerCase();
}

function planTable(
  planned: readonly PlanView[],
  attention: ReadonlyMap<string, boolean>,
  now: number,
): string {
  if (planned.length === 0) return 'Nothing is planned.\n';
  const rows = planned.map(({ accountId, name, step, at, hold }) => ({
    cells: [name, aheadOrHeld(at, hold, now), timeOf(at), step.do, step.reason, step.message],
    attention: attention.get(accountId) ?? false,
  }));
  return table(HEADS, rows);
}
