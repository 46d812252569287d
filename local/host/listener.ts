/** Something that waits for a trigger: a timer, a queue, the HTTP server. */
export interface Listener {
  start(): Promise<void>;
  /** Takes in nothing new from the call on; resolves once what was under way has ended. */
  stop(): Promise<void>;
}
