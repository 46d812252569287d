import type { PipelinePolicy } from '@azure/core-rest-pipeline';

/** How often, in ms, it is told that telemetry cannot be sent. */
const TELL_INTERVAL_MS = 3_600_000;

/**
 * A policy for the client that sends telemetry, which drops what it cannot send without a word: `warn` is told,
 * once and then hourly at most, which host did not take it and why. `now` is the clock, in epoch ms.
 */
export function tellsOfSendingTrouble(
  warn: (message: string) => void,
  now: () => number = Date.now,
): PipelinePolicy {
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (url: string, what: string) => {
    if (now() - toldAt < TELL_INTERVAL_MS) return;
    toldAt = now();
    warn(`Telemetry is lost: ${new URL(url).host} ${what}. This is told once an hour at most.`);
  };
  return {
    name: 'tellsOfSendingTrouble',
    sendRequest: async (request, next) => {
      try {
        const response = await next(request);
        if (isRefusal(response.status)) tell(request.url, `answered ${response.status}`);
        return response;
      } catch (error) {
        tell(request.url, `was not reached (${reasonOf(error)})`);
        throw error;
      }
    },
  };
}

/** 206 takes a part of it; a redirection is followed. */
function isRefusal(status: number): boolean {
  return status === 206 || status >= 400;
}

/** Of texts, only that of the service's own credentials is known to hold no secret. */
function reasonOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return name === 'NoToken' ? `no token: ${message}` : (code ?? name);
}
