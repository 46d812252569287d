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
  /** What is being said: whether the service has heard it in the end. */
  readonly #underWay = new Map<string, Promise<boolean>>();
  /** What the service heard last. */
  #heard: string | undefined;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /**
   * Upon an event, at the address that it names. A reminder means: not heard so far, so say it again. What
   * a read has begun to say will do if it is heard: it may have been too early where an event is not.
   */
  async ofEvent(url: string, fingerprint: string): Promise<void> {
    const underWay = this.#underWay.get(saying(url, fingerprint));
    if (!(await underWay)) await this.#say(url, fingerprint);
  }

  /**
   * Upon a read, at the address that the version's tags make up: an app whose events are lost, or that
   * starts after them, has to be heard too. Until the service has heard it, it is said again after each
   * read: the service may not have noted yet what the vault shows, or not list the app so far.
   */
  async ofRead(publication: Publication, fingerprint: string): Promise<void> {
    const { acknowledgement } = this.#options;
    const url = acknowledgement && acknowledgeUrlOf(acknowledgement.apiUrl, publication);
    if (url && this.#heard !== saying(url, fingerprint)) await this.#say(url, fingerprint);
  }

  #say(url: string, fingerprint: string): Promise<boolean> {
    const said = saying(url, fingerprint);
    const underWay = this.#underWay.get(said) ?? this.#send(url, fingerprint);
    this.#underWay.set(said, underWay);
    return underWay.finally(() => this.#underWay.delete(said));
  }

  async #send(url: string, fingerprint: string): Promise<boolean> {
    const { acknowledgement, signal, runtime, notify } = this.#options;
    if (!acknowledgement || signal.aborted) return false;
    try {
      await acknowledge(url, fingerprint, acknowledgement, signal, runtime);
      this.#heard = saying(url, fingerprint);
      notify({ kind: 'acknowledged', fingerprint });
      return true;
    } catch (error) {
      if (!signal.aborted) notify({ kind: 'acknowledgementFailed', fingerprint, error });
      return false;
    }
  }
}

function saying(url: string, fingerprint: string): string {
  return `${fingerprint} ${url}`;
}
