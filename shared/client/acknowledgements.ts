import { type AcknowledgementOptions, acknowledge, acknowledgeUrlOf } from './acknowledger.ts';
import type { Notify } from './notices.ts';
import type { Runtime } from './runtime.ts';
import type { Publication } from './secretReader.ts';

interface AcknowledgementsOptions {
  /** Undefined: this app acknowledges nothing. */
  readonly acknowledgement: AcknowledgementOptions | undefined;
  readonly notify: Notify;
  /** Ends acknowledging. */
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
}

/** What an app says of its keys, in the background: never rejects, and tells the app how it went. */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  readonly #underWay = new Set<string>();
  /** What the service heard last. */
  #heard: string | undefined;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** Upon an event, at the address that it names. A reminder means: not heard so far, so say it again. */
  ofEvent(url: string, fingerprint: string): Promise<void> {
    return this.#say(url, fingerprint);
  }

  /**
   * Upon a read, at the address that the version's tags make up: an app whose events are lost, or that
   * starts after them, has to be heard too. Until the service has heard it, it is said again after each
   * read: the service may not have noted yet what the vault shows, or not list the app so far.
   */
  async ofRead(publication: Publication, fingerprint: string): Promise<void> {
    const { acknowledgement } = this.#options;
    const url = acknowledgement && acknowledgeUrlOf(acknowledgement.apiUrl, publication);
    if (url && this.#heard !== `${fingerprint} ${url}`) await this.#say(url, fingerprint);
  }

  async #say(url: string, fingerprint: string): Promise<void> {
    const { acknowledgement, signal, runtime, notify } = this.#options;
    const said = `${fingerprint} ${url}`;
    if (!acknowledgement || signal.aborted || this.#underWay.has(said)) return;
    this.#underWay.add(said);
    try {
      await acknowledge(url, fingerprint, acknowledgement, signal, runtime);
      this.#heard = said;
      notify({ kind: 'acknowledged', fingerprint });
    } catch (error) {
      if (!signal.aborted) notify({ kind: 'acknowledgementFailed', fingerprint, error });
    } finally {
      this.#underWay.delete(said);
    }
  }
}
