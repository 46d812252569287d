import type { AccountDetailView, AccountView, HoldView } from '../../shared/api/views.ts';
import { accountPathOf, fetchAccounts } from '../accounts.ts';
import type { Api } from '../api.ts';
import { facts, type Row, table } from '../tables.ts';
import { json, printable } from '../text.ts';
import { ageOf, aheadOrHeld, roughly, timeOf } from '../times.ts';
import { holdText } from './hold.ts';
import { ATTENTION, FINE, type Session } from './session.ts';

const HEADS = ['account', 'active', 'fingerprint', 'age', 'phase', 'reason', 'next', 'message'];

/** Shows every account, or one in full. */
export async function status(account: string | undefined, session: Session): Promise<number> {
  const shown = account === undefined ? await all(session) : [await one(account, session)];
  return shown.some(({ attention }) => attention) ? ATTENTION : FINE;
}

async function all({ api, world, json: asJson }: Session): Promise<AccountView[]> {
  if (asJson) {
    const answer = await api.get<{ accounts: AccountView[] }>('accounts');
    world.write(`${json(answer)}\n`);
    return answer.accounts;
  }
  const [accounts, hold] = await Promise.all([fetchAccounts(api), fetchHoldForAll(api)]);
  accounts.sort((a, b) => Number(b.attention) - Number(a.attention) || compare(a.id, b.id));
  const now = world.now();
  if (accounts.length === 0) world.write('No account is known yet.\n');
  else {
    world.write(
      table(
        HEADS,
        accounts.map((each) => rowOf(each, now)),
      ),
    );
  }
  if (hold) world.write(`\nHold: ${printable(holdText(hold))}\n`);
  return accounts;
}

async function one(account: string, { api, world, json: asJson }: Session) {
  const view = await api.get<AccountDetailView>(await accountPathOf(account, api));
  world.write(asJson ? `${json(view)}\n` : facts(factsOf(view, world.now())));
  return view;
}

async function fetchHoldForAll(api: Api): Promise<HoldView | null> {
  return (await api.get<{ hold: HoldView | null }>('hold')).hold;
}

function rowOf(view: AccountView, now: number): Row {
  const { name, activeSlot, fingerprint, activeSince, phase, reason, message, attention } = view;
  const [age, next] = [ageOf(activeSince, now), nextOf(view, now)];
  const cells = [name, activeSlot ?? '–', fingerprint ?? '–', age, phase ?? '–', reason, next];
  return { cells: [...cells, message], attention };
}

/** Nothing comes for an account without keys: the next look at it changes nothing. */
function nextOf({ posture, nextStep, hold }: AccountView, now: number): string {
  return posture.keyAuthentication === false ? '–' : aheadOrHeld(nextStep.at, hold, now);
}

function nextStepText(view: AccountView, now: number): string {
  const next = nextOf(view, now);
  return next === '–' ? next : `${view.nextStep.do}, ${timeOf(view.nextStep.at)} (${next})`;
}

function factsOf(view: AccountDetailView, now: number): [string, string][] {
  const { policy, stale, posture, holds, rotation } = view;
  const period = policy ? ` of ${roughly(policy.periodSeconds * 1000)}` : '';
  const acknowledged = view.acknowledgements.map(
    (each) => `${each.subscriber} ${each.fingerprint}`,
  );
  return [
    ['account', view.id],
    ['attention', view.attention ? 'YES' : 'no'],
    ['state', `${view.reason}: ${view.message}`],
    ['active key', `${view.activeSlot ?? '–'} ${view.fingerprint ?? ''}`],
    ['key age', `${ageOf(view.activeSince, now)}${period}`],
    ['phase', view.phase ?? '–'],
    ['rotation', rotation ? `${rotation.id} (${rotation.cause ?? 'unknown cause'})` : 'none'],
    ['stale key', stale ? `${stale.fingerprint}, ends ${timeOf(stale.retireAt)}` : 'none'],
    ['next step', nextStepText(view, now)],
    ['ring', policy ? `${policy.ring}, lower ones go first` : '–'],
    ...holdFacts(holds),
    ...view.requests.map((each): [string, string] => ['asked for', requestText(each)]),
    ['acknowledged', acknowledged.join(', ') || 'nobody'],
    ['missing', view.missingSubscribers.join(', ') || 'nobody'],
    ['keys allowed', yesNo(posture.keyAuthentication)],
    ['network rules', yesNo(posture.networkRestricted)],
    ['own subdomain', yesNo(posture.customSubdomain)],
    ['secret', view.secretUrl ?? '–'],
  ];
}

/** Both, where both are in force; the one that lasts longest comes first. */
function holdFacts(holds: readonly HoldView[]): [string, string][] {
  if (holds.length === 0) return [['hold', 'none']];
  return holds.map((each, index) => [index === 0 ? 'hold' : 'shorter hold', holdText(each)]);
}

function requestText({
  cause,
  actor,
  requestedAt,
  reason,
}: AccountDetailView['requests'][number]): string {
  return `${cause} by ${actor} at ${timeOf(requestedAt)}: ${reason}`;
}

function yesNo(value: boolean | null): string {
  if (value === null) return '–';
  return value ? 'yes' : 'no';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
