import type { Api } from '../api.ts';
import type { World } from '../world.ts';

/** What a command works with. */
export interface Session {
  readonly api: Api;
  readonly world: World;
  /** Print the API's JSON. */
  readonly json: boolean;
}

/** Exit codes: part of what scripts rely on. */
export const FINE = 0;
/** An account needs attention, or the request was refused or failed. */
export const ATTENTION = 1;
/** What was typed cannot be understood. */
export const USAGE = 2;
