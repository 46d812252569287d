import type { Post } from '../model/delivery-pump.ts';

const origin = 'eventgrid.azure.net';
const handshakeLimitMs = 30_000;

/** Whether a webhook agrees to receive events, by the CloudEvents abuse-protection handshake. */
export async function validateWebhook(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(endpoint, {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': origin, 'webhook-request-rate': '120' },
      signal: AbortSignal.timeout(handshakeLimitMs),
    });
    const allowed = answer.headers.get('webhook-allowed-origin');
    return answer.status === 200 && (allowed === '*' || allowed === origin);
  } catch {
    return false;
  }
}

/** Delivers one event as Event Grid does: alone, in the structured form of CloudEvents. */
export const postToWebhook: Post = async ({ subscription, event, attempts }, signal) => {
  const answer = await fetch(subscription.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'aeg-event-type': 'Notification',
      'aeg-subscription-name': subscription.name,
      'aeg-delivery-count': String(attempts),
      'webhook-request-origin': origin,
    },
    body: JSON.stringify(event),
    signal,
  });
  await answer.body?.cancel();
  return answer.status;
};
