import type { KeylessView } from '../../shared/api/views.ts';
import { accountPathOf } from '../accounts.ts';
import { UsageError } from '../errors.ts';
import { facts } from '../tables.ts';
import { json } from '../text.ts';
import { roughly, timeOf } from '../times.ts';
import { type StartOptions, start } from './rotations.ts';
import { FINE, type Session } from './session.ts';

/** What may be typed of the end of key authentication. */
export interface KeylessOptions extends Omit<StartOptions, 'reason'> {
  readonly confirm?: string | undefined;
  readonly takeBack?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Shows what ending key authentication would break; with `confirm` ends it, with `takeBack` does not. */
export async function keyless(account: string, options: KeylessOptions, session: Session) {
  const { confirm, takeBack, reason } = options;
  if (takeBack && confirm !== undefined) {
    throw new UsageError('Expected either --confirm or --take-back, found both.');
  }
  if (confirm !== undefined && reason === undefined) {
    throw new UsageError('Expected --reason along with --confirm, found none.');
  }
  const path = await accountPathOf(account, session.api);
  if (takeBack) return takeItBack(path, reason, session);
  if (confirm === undefined || reason === undefined) return preview(account, path, session);
  return start(path, 'keyless', { reason, confirm }, { ...options, reason }, session);
}

async function takeItBack(
  path: string,
  reason: string | undefined,
  { api, world, json: asJson }: Session,
): Promise<number> {
  const query = reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`;
  await api.send('DELETE', `${path}/keyless${query}`);
  if (!asJson) world.write('Taken back: keys stay, and a rotation under way ends as any other.\n');
  return FINE;
}

async function preview(account: string, path: string, { api, world, json: asJson }: Session) {
  const seen = await api.get<KeylessView>(`${path}/keyless`);
  world.write(asJson ? `${json(seen)}\n` : previewText(account, seen));
  return FINE;
}

function previewText(account: string, seen: KeylessView): string {
  const { overlapSeconds, keyUsers, breaks, waitsFor, customSubdomain, permitted, confirm } = seen;
  const users = keyUsers.map(({ subscriber, at }) => `${subscriber} (at ${timeOf(at)})`);
  const shown = facts([
    ['custom subdomain', customSubdomain ? 'yes' : 'no: Entra ID tokens are not taken'],
    ['say they use a key', users.join(', ') || 'nobody, of those that acknowledge'],
    ['would break', breaks.join('; ')],
    ['would wait for', waitsFor.join('; ') || 'nothing'],
    ['overlap before', overlapSeconds === null ? 'unknown' : roughly(overlapSeconds * 1000)],
  ]);
  const next = permitted
    ? `To end key authentication: npm run ops -- keyless ${account} --confirm ${confirm} --reason <text>`
    : 'The deployment does not permit it: TWINKEY_ALLOW_KEYLESS is not true.';
  return `${shown}\n${next}\n`;
}
