import type { Call } from '../../local/azure/model/call.ts';
import { scheduleIncidents } from './deeds.ts';
import { CHANGES } from './draws.ts';
import type { Deed, Incident } from './incidents.ts';
import { MINUTE, SECOND } from './units.ts';
import type { World } from './world.ts';

/** What may happen until a change of unknown outcome takes effect, each with its chance. */
const DEEDS: readonly (readonly [chance: number, deed: Deed])[] = [
  [0.3, { kind: 'loseRecord' }],
  [0.3, { kind: 'compromised', slot: undefined, overlapMs: 0, overrideHold: true }],
  [0.2, { kind: 'compromised', slot: 'both', overlapMs: 0, overrideHold: true }],
  [0.1, { kind: 'rollback' }],
  [0.15, { kind: 'regenerate', which: 'active' }],
  [0.15, { kind: 'setSecret', to: 'junk', bare: true }],
  [0.1, { kind: 'setSecret', to: 'standby', bare: true }],
];

/** In a world of doubt people and losses come in the minutes in which a change is under way. */
export function actInDoubt(world: World, { operation, target }: Call, dueAt: number): void {
  const now = world.time.now();
  if (world.scenario.theme !== 'doubt' || world.isCalm || !CHANGES.includes(operation)) return;
  if (dueAt - now < MINUTE) return;
  const account = target.replace(/-key$/, '');
  const incidents: Incident[] = [];
  for (const [index, [chance, deed]] of DEEDS.entries()) {
    const id = `doubt-${operation}-${account}-${now}-${index + 1}`;
    if (!world.draws.strikes(id, chance, deed.kind)) continue;
    const at = now + SECOND + Math.ceil(world.draws.share(`${id} when`) * (dueAt - now));
    incidents.push({ id, at, account, deed });
  }
  scheduleIncidents(world, incidents);
}
