import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';

/** Why a request must not leave any more; undefined: it may. */
export type Objection = () => Error | undefined;

/**
 * Makes a connection for each request, and asks once more when that is open. To open one takes turns of the
 * event loop, and a process can be frozen between any two of them: it would wake to a finished handshake and
 * send at once, however late it is. After this look nothing is waited for.
 */
export class LastMomentAgent extends Agent {
  readonly #objectionTo: () => Objection;

  /** `objectionTo` is called as the connection is asked for, in the context of the request. */
  constructor(objectionTo: () => Objection) {
    // A connection kept alive may be closed by the other side just as a request is written to it; such
    // an attempt would have an unknown outcome and cost a quarantine.
    super({ keepAlive: false });
    this.#objectionTo = objectionTo;
  }

  override createConnection(
    options: RequestOptions,
    created: (error: Error | null, connection: Duplex) => void,
  ): undefined {
    const objection = this.#objectionTo();
    const connection = super.createConnection(options);
    if (!connection) throw new Error('expected a connection to be made');
    const failed = (error: Error) => created(error, connection);
    connection.once('error', failed);
    connection.once('secureConnect', () => {
      connection.off('error', failed);
      const error = objection();
      if (!error) return created(null, connection);
      connection.destroy();
      created(error, connection);
    });
  }
}
