import { accountTag, SECRET_TAGS } from '../core/observation.ts';
import type { ActiveStep, CloseRequest, Note, TagSecret, Wait } from '../core/steps.ts';
import { confirmRetired } from './actions/confirmRetired.ts';
import { disableKeys, finishKeyless } from './actions/keyless.ts';
import { publish } from './actions/publish.ts';
import { regenerate } from './actions/regenerate.ts';
import { announce, remind, report } from './actions/tell.ts';
import { verify } from './actions/verify.ts';
import type { Hands } from './hands.ts';

/**
 * Carries out one step. Answers with a wait when the step itself found that there is nothing more to
 * do for now. Throws `Failure` for a call that failed without leaving doubt, `LostRace` when another
 * worker was first.
 */
export async function act(hands: Hands, step: ActiveStep): Promise<Wait | undefined> {
  switch (step.do) {
    case 'note':
      return void (await note(hands, step));
    case 'regenerate':
      return void (await regenerate(hands, step));
    case 'verify':
      return verify(hands, step);
    case 'publish':
      return void (await publish(hands, step));
    case 'announce':
      return void (await announce(hands, step));
    case 'remind':
      return void (await remind(hands, step));
    case 'report':
      return void (await report(hands, step));
    case 'confirmRetired':
      return confirmRetired(hands, step);
    case 'recoverSecret':
      return void (await recoverSecret(hands));
    case 'tagSecret':
      return void (await tagSecret(hands, step));
    case 'closeRequest':
      return void (await closeRequest(hands, step));
    case 'disableKeys':
      return void (await disableKeys(hands, step));
    case 'finishKeyless':
      return finishKeyless(hands, step);
  }
}

async function note(hands: Hands, step: Note): Promise<void> {
  const { candidate, active } = step.next;
  const about = candidate ?? active;
  const details = { slot: about?.slot ?? null, fingerprint: about?.fingerprint ?? null };
  await hands.write(step.next, [hands.entry(step, 'noted', details, step.next)]);
}

async function recoverSecret(hands: Hands): Promise<void> {
  const { secretRef } = hands.observation;
  if (!secretRef) throw new Error('recovery was planned without a secret');
  await hands.claim();
  await hands.dependencies.secrets.recover(secretRef);
}

async function tagSecret(hands: Hands, step: TagSecret): Promise<void> {
  const { secretRef } = hands.observation;
  if (!secretRef) throw new Error('tagging was planned without a secret');
  if (step.intent) await hands.write(step.intent, [hands.entry(step, 'noted')]);
  await hands.dependencies.secrets.tag(secretRef, step.versionId, {
    [SECRET_TAGS.managedBy]: hands.dependencies.deployment.deployment,
    [SECRET_TAGS.accountId]: accountTag(hands.account.id),
  });
}

/** History first: a request that is removed has always left its line. */
async function closeRequest(hands: Hands, step: CloseRequest): Promise<void> {
  const outcome = step.reason === 'RequestDone' ? 'done' : 'refused';
  const { actor, requestId } = step;
  await hands.write(hands.record, [hands.entry(step, outcome, { actor, requestId })]);
  await hands.dependencies.records.removeRequest(hands.account.id, requestId);
  hands.forgetRequest(requestId);
}
