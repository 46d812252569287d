import { accountIdOf } from '../shared/api/accountId.ts';
import { Problem } from '../shared/api/problem.ts';
import { parseIdempotencyKey, parseRotationBody } from '../shared/api/rotationBody.ts';
import { accountPath } from '../shared/core/events.ts';
import { type RequestResult, requestRotation } from '../shared/service/operations.ts';
import { endpoint, readBody } from './wiring/endpoint.ts';
import { passQueueOf, passQueueOutput } from './wiring/passQueue.ts';

/** Starts a rotation of one account now. */
endpoint(
  'rotations',
  'accounts/{subscription}/{resourceGroup}/{name}/rotations',
  'POST',
  async ({ request, context, dependencies }) => {
    const accountId = accountIdOf(request.params);
    const requestId =
      parseIdempotencyKey(request.headers.get('idempotency-key')) ?? dependencies.ids.next();
    const { reason } = parseRotationBody(await readBody(request));
    const asked = { actor: 'function key', comment: reason };
    const result = await requestRotation(accountId, requestId, asked, dependencies);
    const rotationId = acceptedId(result, accountId);
    await passQueueOf(context).enqueue([accountId]);
    return {
      status: 202,
      headers: { location: `/api/accounts/${accountPath(accountId)}`, 'retry-after': '5' },
      jsonBody: { rotationId },
    };
  },
  { extraOutputs: [passQueueOutput] },
);

function acceptedId(result: RequestResult, accountId: string): string {
  switch (result.kind) {
    case 'accepted':
      return result.rotationId;
    case 'unknownAccount':
      throw new Problem('unknown-account', `${accountId} is not known to this deployment`);
    case 'notRotatable': {
      const { reason, message } = result.status;
      throw new Problem('not-rotatable', message, { reason });
    }
    case 'underWay': {
      const { rotationId } = result;
      const detail = `rotation ${rotationId} has to end first; it goes on by itself`;
      throw new Problem('rotation-under-way', detail, { rotationId });
    }
  }
}
