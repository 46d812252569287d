import * as z from 'zod';
import { CALLS, TROUBLE_KINDS } from '../../core/trouble.ts';
import { cause, fingerprint, phase, reason, slot, time } from './forms.ts';

/** What the API answers. */

const step = {
  do: z.string().describe("The planner's step; 'wait' where nothing is to be done before `at`."),
  reason,
  message: z.string(),
};

/** A freeze of regenerating. */
export const hold = z
  .object({
    scope: z
      .enum(['account', 'all'])
      .describe("'account': one account's own; 'all': the one for all accounts."),
    actor: z.string(),
    reason: z.string(),
    until: time.nullable().describe('Null: until released.'),
  })
  .describe('A freeze of regenerating.');

/** The hold for all accounts. */
export const holdForAll = z.object({ hold: hold.nullable().describe('Null: none is in force.') });

/** A hold was released, or there was none. */
export const released = z.object({
  released: z.boolean().describe('False: there was no hold to release.'),
  hold: hold.nullable().describe('What holds the account still: the hold for all accounts.'),
});

/** A brake. */
export const brake = z
  .object({
    id: z
      .string()
      .describe('The call that fails and where: a vault, a subscription, or everywhere.'),
    call: z.enum(CALLS),
    scope: z
      .string()
      .nullable()
      .describe("A vault's host or a subscription; null: it concerns all accounts."),
    kind: z.enum(TROUBLE_KINDS).describe('How it fails.'),
    accounts: z.number().describe('So many in a row failed, as far as they were counted.'),
    since: time,
    lastFailureAt: time,
    endsAt: time.describe('When it ends if nothing fails any more.'),
  })
  .describe('No rotation begins by itself that needs this call. Those under way go on.');

/** All brakes. */
export const brakes = z.object({ brakes: z.array(brake) });

/** A brake was released, or there was none. */
export const brakeReleased = z.object({
  released: z.boolean().describe('False: there was no such brake.'),
});

/** An account in a list. */
export const account = z
  .object({
    id: z.string().describe('ARM resource id, lower-cased.'),
    path: z.string().describe('How this API names the account, after /api/accounts/.'),
    name: z.string(),
    kind: z.string(),
    activeSlot: slot.nullable(),
    fingerprint: fingerprint.nullable(),
    activeSince: time.nullable(),
    phase: phase.nullable(),
    rotation: z.object({ id: z.string(), cause: cause.nullable() }).nullable(),
    stale: z.object({ fingerprint, retireAt: time.nullable() }).nullable(),
    lastRotationId: z.string().nullable(),
    secretUrl: z.string().nullable(),
    reason,
    message: z.string(),
    attention: z.boolean().describe('A person has something to mend.'),
    nextCheckAt: time,
    nextStep: z.object({ ...step, at: time.nullable() }),
    policy: z
      .object({
        periodSeconds: z.number(),
        overlapSeconds: z.number(),
        window: z.string().nullable(),
        ring: z.number().describe('Accounts of lower rings rotate first.'),
        subscribers: z.array(z.string()),
        acknowledgement: z.enum(['advisory', 'required']),
      })
      .nullable(),
    missingSubscribers: z
      .array(z.string())
      .describe('Listed subscribers that have not acknowledged the active key.'),
    hold: hold
      .nullable()
      .describe('The hold in force, which keeps keys from being regenerated; of two the longer.'),
    posture: z.object({
      keyAuthentication: z.boolean().nullable(),
      networkRestricted: z.boolean().nullable(),
      customSubdomain: z.boolean().nullable(),
    }),
    updatedAt: time,
  })
  .describe('An account as the last pass left it.');

const acknowledgement = z.object({ subscriber: z.string(), fingerprint, at: time });

/** One account. */
export const accountDetail = account
  .extend({
    holds: z
      .array(hold)
      .describe("The account's own hold and the one for all, in force; the longest first."),
    requests: z
      .array(
        z.object({
          id: z.string(),
          cause,
          requestedAt: time,
          actor: z.string(),
          reason: z.string(),
        }),
      )
      .describe('What people asked for and is not finished yet.'),
    acknowledgements: z.array(acknowledgement),
  })
  .describe('An account with its holds, open requests and acknowledgements.');

/** All accounts. */
export const accounts = z.object({ accounts: z.array(account) });

/** A line of history. */
export const historyEntry = z
  .object({
    at: time,
    reason,
    message: z.string(),
    phase: phase.nullable().describe('Null: of all accounts.'),
    rotationId: z.string().nullable(),
    requestId: z.string().nullable(),
    cause: cause.nullable(),
    slot: slot.nullable(),
    fingerprint: fingerprint.nullable(),
    actor: z.string(),
    outcome: z.enum(['done', 'refused', 'unknown', 'noted']),
    durationMs: z.number(),
  })
  .describe('A line of history: who did what, when, why, how it ended and how long it took.');

/** A page of history. */
export const history = z.object({
  entries: z.array(historyEntry).describe('Newest first.'),
  continuation: z.string().nullable().describe('For the next page; null: this was the last.'),
});

/** A request was taken. */
export const accepted = z.object({ rotationId: z.string(), state: z.literal('requested') });

/** A rotation from its asking to its end. */
export const rotation = z
  .object({
    id: z.string(),
    cause: cause.nullable(),
    state: z.enum(['requested', 'running', 'done', 'refused']),
    phase: phase.nullable(),
    requestedAt: time.nullable(),
    startedAt: time.nullable(),
    closedAt: time.nullable(),
    confirmedDead: z.boolean().nullable().describe('The stale key was tried and refused.'),
    actor: z.string(),
    reason: z.string().describe('Why somebody asked for it.'),
    waitsFor: z
      .object({ reason, message: z.string() })
      .nullable()
      .describe('While it is not over: what the account waits for, by its last pass.'),
    steps: z.array(historyEntry).describe('Oldest first.'),
  })
  .describe('A rotation, or a request for one. A compromised request may take several rotations.');

/** What ending key authentication would mean. */
export const keylessPreview = z
  .object({
    permitted: z.boolean().describe('Whether the deployment lets operators do it.'),
    customSubdomain: z.boolean().describe('Without one the account takes no Entra ID tokens.'),
    keyUsers: z
      .array(acknowledgement)
      .describe('Who said within the period that it uses a key, with the newest word of each.'),
    breaks: z.array(z.string()).describe('What would stop working.'),
    waitsFor: z.array(z.string()).describe('What it would wait for.'),
    overlapSeconds: z
      .number()
      .nullable()
      .describe('How long both keys would stay valid before key authentication is switched off.'),
    confirm: z.string().describe('To be sent along; stands for what would break.'),
  })
  .describe('What ending key authentication of an account would mean, as far as can be told.');

/** An acknowledgement was taken. */
export const acknowledged = z.object({
  acknowledged: z.literal(true),
  missingSubscribers: z.array(z.string()),
});

/** A page of the plan. */
export const plan = z.object({
  accounts: z.array(
    z.object({
      accountId: z.string(),
      name: z.string(),
      step: z.object(step),
      at: time,
      hold: hold
        .nullable()
        .describe('The hold in force; until its end no key is regenerated, whatever the step.'),
    }),
  ),
  continuation: z.string().nullable(),
});

/** Who calls. */
export const caller = z.object({
  actor: z.string().describe('By which name the history knows the caller.'),
  signedIn: z.boolean().describe('The platform says who it is; else whoever holds a function key.'),
  mayRead: z.boolean(),
  mayOperate: z.boolean(),
  mayEndKeys: z.boolean().describe('End key authentication; the deployment has to permit it too.'),
});

/** Liveness. */
export const health = z.object({
  status: z.literal('ok'),
  lastTickAt: time.nullable(),
  lastTickAgeSeconds: z.number().nullable(),
  brakes: z
    .number()
    .describe('Calls of which so many failed in a row that rotations do not begin.'),
});
