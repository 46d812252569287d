import type { Incident, OperatorDeed } from './incidents.ts';

/** What rotates keys in a world. */
export interface Planner {
  start(): void;
  stop(): void;
  /** An operator asks for something, of which not every planner knows all. */
  asked(incident: Incident, deed: OperatorDeed): Promise<void>;
}
