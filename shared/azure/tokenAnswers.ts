import { AsyncLocalStorage } from 'node:async_hooks';
import {
  createDefaultHttpClient,
  type HttpClient,
  isRestError,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';

/**
 * The last thing that was heard from where tokens come from, in known parts: texts of answers stay
 * out of it, because they may echo what was sent.
 */
export type Heard =
  | {
      readonly kind: 'answer';
      readonly status: number;
      /** OAuth's own word, e.g. `invalid_client`. */
      readonly error: string | undefined;
      /** Entra ID's number, e.g. 7000215; people know it as AADSTS7000215. */
      readonly number: number | undefined;
    }
  /** No answer; `code` is Node.js's, e.g. ECONNREFUSED, or `timeout`. */
  | { readonly kind: 'silence'; readonly code: string };

const listening = new AsyncLocalStorage<{ heard: Heard | undefined }>();

/** Runs `ask`, and gives with its failure the last thing that {@link tokenHttpClient} heard. */
export async function listenTo<T>(
  ask: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; error: unknown; heard: Heard | undefined }> {
  const listener: { heard: Heard | undefined } = { heard: undefined };
  try {
    return { ok: true, value: await listening.run(listener, ask) };
  } catch (error) {
    return { ok: false, error, heard: listener.heard };
  }
}

const inner = createDefaultHttpClient();

/**
 * The HTTP client of all credentials: the SDK's own, with a time limit, so that its silence is told
 * before the call that wants the token gives up. One for all, because managed identities share the
 * client of the first that was made in the process.
 */
export const tokenHttpClient: HttpClient = {
  async sendRequest(request) {
    const listener = listening.getStore();
    request.timeout = TOKEN_TIMEOUT_MS;
    try {
      const response = await inner.sendRequest(request);
      if (listener) listener.heard = heardIn(response);
      return response;
    } catch (error) {
      if (listener) listener.heard = { kind: 'silence', code: silenceCode(error) };
      throw error;
    }
  },
};

/** How long one request for a token may take, in ms. */
const TOKEN_TIMEOUT_MS = 8_000;

function heardIn({ status, bodyAsText }: PipelineResponse): Heard {
  const body = parsed(bodyAsText);
  const [number] = Array.isArray(body.error_codes) ? body.error_codes : [];
  return {
    kind: 'answer',
    status,
    error: isWord(body.error) ? body.error : undefined,
    number: Number.isSafeInteger(number) ? number : undefined,
  };
}

function parsed(text: string | null | undefined): { error?: unknown; error_codes?: unknown } {
  try {
    return JSON.parse(text || '{}') ?? {};
  } catch {
    return {};
  }
}

/** OAuth's words; whatever is longer or holds anything else may be an echo. */
function isWord(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z_]{1,40}$/.test(text);
}

function silenceCode(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') return 'timeout';
  return isRestError(error) ? (error.code ?? 'no code') : 'no code';
}
