import type { Page } from './dashboardBrowser.ts';

const DAY_MS = 86_400_000;
interface Scene {
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
  readonly attention?: boolean;
  readonly keyless?: boolean;
}

/** What makes the accounts of a made-up fleet differ. */
const SCENES: readonly Scene[] = [
  { phase: 'idle', reason: 'NotDue', message: 'the active key is younger than its period' },
  { phase: 'overlap', reason: 'InOverlap', message: 'both keys are valid until the overlap ends' },
  { phase: 'verifying', reason: 'Verifying', message: 'try Key2 on the data plane' },
  { phase: 'idle', reason: 'Held', message: 'held by ops@contoso.example: month-end closing' },
  {
    phase: 'regeneratingStandby',
    reason: 'CallFailed',
    message: 'ARM answered 403: the identity lacks the role to regenerate keys',
    attention: true,
  },
  {
    phase: 'idle',
    reason: 'Keyless',
    message: 'key authentication is switched off',
    keyless: true,
  },
];

/** Accounts in every state, as the API lists them; ages and times follow from their numbers. */
export function fleetOf(count: number, now: number) {
  return Array.from({ length: count }, (_, index) => {
    const { keyless = false, ...scene } = SCENES[index % 7 === 0 ? (index / 7) % 6 : 0] as Scene;
    return {
      ...accountOf(index, now),
      ...scene,
      missingSubscribers: scene.phase === 'overlap' ? ['billing'] : [],
      posture: { keyAuthentication: !keyless, networkRestricted: false, customSubdomain: true },
    };
  });
}

function accountOf(index: number, now: number) {
  const name = `account-${String(index).padStart(4, '0')}`;
  const group = `11111111-2222-3333-4444-555555555555/rg-${index % 12}`;
  const publishedAt = now - ((index * 37) % 89) * DAY_MS - index * 60_000;
  return {
    id: `/subscriptions/${group.replace('/', '/resourcegroups/')}/providers/microsoft.cognitiveservices/accounts/${name}`,
    path: `${group}/${name}`,
    name,
    kind: index % 3 === 0 ? 'OpenAI' : 'TextAnalytics',
    activeSlot: index % 2 === 0 ? 'Key1' : 'Key2',
    fingerprint: (index * 7_919 + 0xabcdef0123).toString(16).padStart(12, '0'),
    activeSince: iso(publishedAt),
    rotation: { id: `rotation-${index}`, cause: 'schedule' },
    stale: { fingerprint: '0123456789ab', retireAt: iso(now + 5 * 3_600_000 + index * 60_000) },
    lastRotationId: null,
    secretUrl: `https://vault.example/secrets/${name}-key`,
    attention: false,
    nextCheckAt: iso(publishedAt + 90 * DAY_MS),
    nextStep: { do: 'wait', reason: 'NotDue', message: '', at: iso(publishedAt + 90 * DAY_MS) },
    policy: {
      periodSeconds: (90 * DAY_MS) / 1000,
      overlapSeconds: DAY_MS / 1000,
      window: null,
      subscribers: ['billing', 'search'],
      acknowledgement: 'required',
    },
    updatedAt: iso(now - 30_000),
  };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

/** Answers for the API: these accounts without history, and nothing held. */
export async function answerWith(page: Page, accounts: readonly { path: string }[]): Promise<void> {
  await page.route('**/api/accounts/**', (route) => {
    const { pathname } = new URL(route.request().url());
    const account = accounts.find(({ path }) => pathname === `/api/accounts/${path}`);
    const json = account
      ? { ...account, hold: null, holds: [], requests: [], acknowledgements: [] }
      : { entries: [], continuation: null };
    return route.fulfill({ json });
  });
  await page.route('**/api/accounts', (route) => route.fulfill({ json: { accounts } }));
  const caller = {
    actor: 'ann',
    signedIn: true,
    mayRead: true,
    mayOperate: true,
    mayEndKeys: false,
  };
  await page.route('**/api/caller', (route) => route.fulfill({ json: caller }));
  await page.route('**/api/brakes', (route) => route.fulfill({ json: { brakes: [] } }));
  await page.route('**/api/hold', (route) => route.fulfill({ json: { hold: null } }));
}
