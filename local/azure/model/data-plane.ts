import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import { AzureError } from './azure-error.ts';
import type { AccessToken, Tokens } from './tokens.ts';

/** What a caller shows to the data plane, and where from. */
export interface DataPlaneCaller {
  readonly key?: string;
  readonly bearer?: string;
  /** The region header, which a multi-service key needs for Translator. */
  readonly region?: string;
  readonly address: string;
}

/** The operations that exist here. Which of them an account has, depends on its kind. */
export type DataPlaneOperation =
  | 'detectLanguage'
  | 'analyzeText'
  | 'translate'
  | 'issueToken'
  | 'listModels'
  | 'chatCompletions';

const language: readonly DataPlaneOperation[] = ['detectLanguage', 'analyzeText'];
const openAi: readonly DataPlaneOperation[] = ['listModels', 'chatCompletions'];

const operationsByKind: Record<string, readonly DataPlaneOperation[]> = {
  TextAnalytics: ['issueToken', ...language],
  TextTranslation: ['issueToken', 'translate'],
  CognitiveServices: ['issueToken', 'translate', ...language],
  AIServices: ['issueToken', 'translate', ...language, ...openAi],
  OpenAI: openAi,
};

const multiServiceKinds = ['CognitiveServices', 'AIServices'];

/** How many calls of an account were let in, and how many refused, by status. */
export interface RequestCount {
  served: number;
  readonly refused: Record<number, number>;
}

/** The door of the AI services: who gets in, with which key or token. */
export class DataPlane {
  readonly #accounts: Accounts;
  readonly #tokens: Tokens;
  readonly #counts = new Map<string, RequestCount>();

  constructor(accounts: Accounts, tokens: Tokens) {
    this.#accounts = accounts;
    this.#tokens = tokens;
  }

  count(host: string): RequestCount {
    const count = this.#counts.get(host.toLowerCase()) ?? { served: 0, refused: {} };
    this.#counts.set(host.toLowerCase(), count);
    return count;
  }

  /** Lets a call in or throws what the service would answer. Counts either way. */
  enter(host: string, operation: DataPlaneOperation, caller: DataPlaneCaller): Account {
    const count = this.count(host);
    try {
      const account = this.#accounts.byHost(host);
      if (!account) throw accessDenied();
      assertAddress(account, caller.address);
      this.#assertCredential(account, operation, caller);
      if (!(operationsByKind[account.kind] ?? ['issueToken']).includes(operation)) {
        throw new AzureError(404, '404', 'Resource not found');
      }
      count.served += 1;
      return account;
    } catch (error) {
      if (error instanceof AzureError) {
        count.refused[error.status] = (count.refused[error.status] ?? 0) + 1;
      }
      throw error;
    }
  }

  issueToken(account: Account): AccessToken {
    return this.#tokens.issueForAccount(account.id);
  }

  #assertCredential(
    account: Account,
    operation: DataPlaneOperation,
    { key, bearer, region }: DataPlaneCaller,
  ): void {
    if (key === undefined) {
      if (bearer && this.#tokens.isFor(bearer, 'data')) {
        if (account.customSubDomainName !== null) return;
        throw new AzureError(
          400,
          'BadRequest',
          'Please provide a custom subdomain for token authentication, otherwise API key is required.',
        );
      }
      if (bearer && this.#tokens.isForAccount(bearer, account.id)) return;
      throw accessDenied();
    }
    if (account.disableLocalAuth) {
      throw new AzureError(
        403,
        'AuthenticationTypeDisabled',
        'Key based authentication is disabled for this resource.',
      );
    }
    if (!account.keys.accepts(key)) throw accessDenied();
    const needsRegion = operation === 'translate' && multiServiceKinds.includes(account.kind);
    if (needsRegion && region?.toLowerCase() !== account.location.toLowerCase()) {
      throw accessDenied();
    }
  }
}

function assertAddress({ publicNetworkAccess, networkAcls }: Account, address: string): void {
  if (publicNetworkAccess === 'Disabled') {
    throw new AzureError(
      403,
      '403',
      'Public access is disabled. Please configure private endpoint.',
    );
  }
  if (networkAcls.defaultAction === 'Deny' && !networkAcls.ipRules.includes(address)) {
    throw new AzureError(403, '403', 'Access denied due to Virtual Network/Firewall rules.');
  }
}

function accessDenied(): AzureError {
  return new AzureError(
    401,
    '401',
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  );
}
