import type { Call } from '../../local/azure/model/call.ts';
import { scheduleIncidents } from './deeds.ts';
import { CHANGES } from './draws.ts';
import type { Deed, Incident } from './incidents.ts';
import { HOUR, MINUTE } from './units.ts';
import type { World } from './world.ts';

const LEAK: Deed = { kind: 'compromised', slot: undefined, overlapMs: 0, overrideHold: true };
const LEAK_OF_BOTH: Deed = { ...LEAK, slot: 'both' };
const LOSS: Deed = { kind: 'loseRecord' };
const ROTATE: Deed = { kind: 'rotate' };
const REGENERATE: Deed = { kind: 'regenerate', which: 'active' };
const JUNK: Deed = { kind: 'setSecret', to: 'junk', bare: true };
const STANDBY: Deed = { kind: 'setSecret', to: 'standby', bare: true };

/** What may happen, in this order, until a change of unknown outcome takes effect. */
const PLOTS: readonly (readonly Deed[])[] = [
  [],
  [LOSS],
  [LEAK],
  [LEAK_OF_BOTH],
  [LOSS, LEAK],
  [LOSS, LEAK_OF_BOTH],
  [ROTATE, LEAK],
  [ROTATE, LEAK, ROTATE],
  [LEAK, LOSS],
  [{ kind: 'rollback' }],
  [JUNK, ROTATE],
  [LOSS, REGENERATE, ROTATE],
  [LOSS, REGENERATE, JUNK, ROTATE],
  [STANDBY, ROTATE, REGENERATE, ROTATE],
];

/** In a world of doubt people and losses come in the minutes in which a change is under way. */
export function actInDoubt(world: World, { operation, target }: Call, dueAt: number): void {
  const now = world.time.now();
  if (world.scenario.theme !== 'doubt' || world.isCalm || !CHANGES.includes(operation)) return;
  if (dueAt - now < MINUTE) return;
  const { draws } = world;
  const account = target.replace(/-key$/, '');
  const id = `doubt of ${operation} of ${account} at ${now}`;
  const plot = PLOTS[Math.floor(draws.share(id) * PLOTS.length)] ?? [];
  // One doubt at a time: whatever the plot makes the service do gets a clear answer.
  draws.nextDoubtAt = dueAt;
  const incidents: Incident[] = operation === 'setSecret' ? regret(world, account, id, dueAt) : [];
  for (const [index, deed] of plot.entries()) {
    const one = `${id} #${index + 1}`;
    if (!draws.strikes(one, deed.kind)) continue;
    const after = ((index + draws.share(one)) / plot.length) * (dueAt - now);
    incidents.push({ id: one, at: now + Math.ceil(after), account, deed });
  }
  scheduleIncidents(world, incidents);
}

/** How often an operator wants a key back that another has just declared leaked. */
const REGRET_CHANCE = 0.3;

/** When the publish has taken effect: the key that it replaced leaks, and is asked for all the same. */
function regret(world: World, account: string, id: string, dueAt: number): Incident[] {
  const { draws } = world;
  const name = `${id} regret`;
  if (draws.share(name) >= REGRET_CHANCE || !draws.strikes(name, 'regret')) return [];
  const { keys } = world.account(account);
  const slot =
    keys.value('Key1') === world.vaultOf(account).peek(`${account}-key`).at(-1)?.value
      ? 'Key1'
      : 'Key2';
  const leak: Deed = { kind: 'compromised', slot, overlapMs: 2 * HOUR, overrideHold: false };
  return [
    { id: `${name}: leak`, at: dueAt + 20 * MINUTE, account, deed: leak },
    { id: `${name}: rollback`, at: dueAt + 45 * MINUTE, account, deed: { kind: 'rollback' } },
  ];
}
