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

interface Listener {
  /** Limit of each request. */
  readonly timeoutMs: number;
  heard: Heard | undefined;
}

const listening = new AsyncLocalStorage<Listener>();

/**
 * Runs `ask`, each request of which may take `timeoutMs`, and gives with its failure the last thing
 * that {@link tokenHttpClient} heard.
 */
export async function listenTo<T>(
  timeoutMs: number,
  ask: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; error: unknown; heard: Heard | undefined }> {
  const listener: Listener = { timeoutMs, heard: undefined };
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
    if (!listener) throw new Error('A token was about to be asked for without a listener.');
    request.timeout = listener.timeoutMs;
    try {
      const response = await inner.sendRequest(request);
      listener.heard = heardIn(response);
      return response;
    } catch (error) {
      listener.heard = { kind: 'silence', code: silenceCode(error) };
      throw error;
    }
  },
};

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
