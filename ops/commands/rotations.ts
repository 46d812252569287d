import type { AccountDetailView } from '../../shared/api/views.ts';
import { accountPathOf } from '../accounts.ts';
import { RequestError } from '../errors.ts';
import { json } from '../text.ts';
import { FINE, type Session } from './session.ts';
import { follow } from './wait.ts';

/** What may be typed of every command that starts a rotation. */
export interface StartOptions {
  readonly reason: string;
  readonly wait?: boolean | undefined;
  /** How long `wait` goes on at most, in ms; named by its option. */
  readonly waitLimit: number;
}

/** What may be typed of a leaked key. */
export interface CompromisedOptions extends StartOptions {
  readonly slot?: 'Key1' | 'Key2' | 'both' | undefined;
  /** ISO 8601; the service has its own default. */
  readonly overlap?: string | undefined;
  readonly overrideHold?: boolean | undefined;
}

/** What may be typed of an app that is done. */
export interface AcknowledgeOptions {
  readonly subscriber: string;
  readonly fingerprint: string;
}

interface Accepted {
  readonly rotationId: string;
}

/** Rotates an account now. */
export async function rotate(account: string, options: StartOptions, session: Session) {
  const path = await accountPathOf(account, session.api);
  const body = { cause: 'manual', reason: options.reason };
  return start(path, 'rotations', body, options, session);
}

/** Declares a key leaked: it is replaced and regenerated. */
export async function compromised(account: string, options: CompromisedOptions, session: Session) {
  const path = await accountPathOf(account, session.api);
  const { reason, slot, overlap, overrideHold } = options;
  const body = { cause: 'compromised', reason, slot, overlap, overrideHold };
  return start(path, 'rotations', body, options, session);
}

/** Makes the previous key active again. */
export async function rollback(account: string, options: StartOptions, session: Session) {
  const path = await accountPathOf(account, session.api);
  const id = encodeURIComponent(await rotationIdOf(path, session));
  return start(path, `rotations/${id}/rollback`, { reason: options.reason }, options, session);
}

/** Says for an app that it uses a key. */
export async function acknowledge(account: string, options: AcknowledgeOptions, session: Session) {
  const { api, world } = session;
  const { subscriber, fingerprint } = options;
  const path = await accountPathOf(account, api);
  const id = encodeURIComponent(await rotationIdOf(path, session));
  const body = { subscriber, fingerprint };
  type Answer = { missingSubscribers: string[] };
  const answer = await api.send<Answer>('POST', `${path}/rotations/${id}/acks`, body);
  const missing = answer.missingSubscribers.join(', ') || 'nobody';
  world.write(session.json ? `${json(answer)}\n` : `Acknowledged. Still missing: ${missing}.\n`);
  return FINE;
}

/** Sends a request that the service takes and carries out by itself; follows it if asked to. */
export async function start(
  path: string,
  what: string,
  body: object,
  options: StartOptions,
  session: Session,
): Promise<number> {
  const { api, world } = session;
  const accepted = await api.send<Accepted>('POST', `${path}/${what}`, body);
  const rotationPath = `${path}/rotations/${encodeURIComponent(accepted.rotationId)}`;
  if (options.wait) return follow(rotationPath, options.waitLimit, session);
  const line = `Rotation ${accepted.rotationId} is requested; the service carries it out now.\n`;
  world.write(session.json ? `${json(accepted)}\n` : line);
  return FINE;
}

/** The rotation under way, else the last one, of which the service says why it is too late. */
async function rotationIdOf(path: string, { api }: Session): Promise<string> {
  const { rotation, lastRotationId } = await api.get<AccountDetailView>(path);
  const id = rotation?.id ?? lastRotationId;
  if (id) return id;
  throw new RequestError('Expected a rotation of the account, found that it never had one.');
}
