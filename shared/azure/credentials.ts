import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
} from '@azure/identity';
import type { Developer, ManagedIdentity, ServicePrincipal } from './credentialChoice.ts';
import {
  identityTrouble,
  NO_IDENTITY,
  NoToken,
  principalTrouble,
  type Trouble,
  toolTrouble,
} from './credentialTrouble.ts';
import type { Settings } from './settings.ts';
import { type Heard, listenTo, tokenHttpClient } from './tokenAnswers.ts';

/** One way to a token. */
interface Way {
  /** As it stands in messages. */
  readonly name: string;
  /** Undefined: cannot be tried here, `explain` says why. */
  readonly credential: TokenCredential | undefined;
  readonly explain: (error: unknown, heard: Heard | undefined) => Trouble;
}

/**
 * The credential of the chosen way; `identity` takes the place of the chosen managed identity, where one
 * is chosen. It throws {@link NoToken}, and opens no connection before it is asked.
 */
export function credentialOf(
  { credential, cloud, timing }: Pick<Settings, 'credential' | 'cloud' | 'timing'>,
  identity?: Pick<ManagedIdentity, 'clientId'>,
): TokenCredential {
  const choice =
    credential.kind === 'managedIdentity' ? { ...credential, ...identity } : credential;
  // A silence has to be told before the call that wants the token gives up.
  const { callTimeoutMs } = timing;
  // A service principal asks three addresses before it has its first token.
  const requestTimeoutMs = callTimeoutMs / 4;
  switch (choice.kind) {
    case 'managedIdentity':
      return new Ways([identityWay(choice)], requestTimeoutMs);
    case 'servicePrincipal':
      return new Ways([principalWay(choice, cloud.authorityHost)], requestTimeoutMs);
    case 'developer':
      // Two tools at most, of which the Azure CLI takes seconds to start.
      return new Ways(toolWays(choice, 0.4 * callTimeoutMs), requestTimeoutMs);
  }
}

/** The first way that gives a token is taken. */
class Ways implements TokenCredential {
  readonly #ways: readonly Way[];
  readonly #requestTimeoutMs: number;

  constructor(ways: readonly Way[], requestTimeoutMs: number) {
    this.#ways = ways;
    this.#requestTimeoutMs = requestTimeoutMs;
  }

  async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
    const tried: { name: string; trouble: Trouble }[] = [];
    for (const { name, credential, explain } of this.#ways) {
      const ask = async () => credential?.getToken(scopes, options);
      const asked = await listenTo(this.#requestTimeoutMs, ask);
      if (asked.ok && asked.value) return asked.value;
      const { error, heard } = asked.ok ? NOTHING : asked;
      tried.push({ name, trouble: explain(error, heard) });
    }
    throw new NoToken(tried);
  }
}

const NOTHING = { error: new Error('no token'), heard: undefined };

/** Few and short, so that the reason is known before the call that wants the token gives up. */
const HTTP = {
  httpClient: tokenHttpClient,
  retryOptions: { maxRetries: 1, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 },
};

function identityWay({ clientId, home }: ManagedIdentity): Way {
  const name = clientId
    ? `user-assigned managed identity ${clientId}`
    : 'system-assigned managed identity';
  if (home === 'none') return { name, credential: undefined, explain: () => NO_IDENTITY };
  const credential = new ManagedIdentityCredential({ ...HTTP, ...(clientId && { clientId }) });
  return { name, credential, explain: (_, heard) => identityTrouble(clientId, home, heard) };
}

function principalWay({ tenantId, clientId, proof }: ServicePrincipal, authorityHost: string): Way {
  const options = { ...HTTP, authorityHost };
  const by = 'secret' in proof ? 'secret' : 'certificate';
  return {
    name: `service principal ${clientId} of tenant ${tenantId}, by ${by}`,
    credential:
      'secret' in proof
        ? new ClientSecretCredential(tenantId, clientId, proof.secret, options)
        : new ClientCertificateCredential(tenantId, clientId, certificateOf(proof), options),
    explain: (error, heard) => principalTrouble(by, error, heard),
  };
}

function certificateOf({
  certificatePath,
  certificatePassword,
}: Exclude<ServicePrincipal['proof'], { secret: string }>) {
  return { certificatePath, ...(certificatePassword && { certificatePassword }) };
}

function toolWays({ tools, tenantId }: Developer, timeoutMs: number): Way[] {
  const options = { processTimeoutInMs: timeoutMs, ...(tenantId && { tenantId }) };
  const ways: Record<Developer['tools'][number], Way> = {
    azureCli: {
      name: 'Azure CLI',
      credential: new AzureCliCredential(options),
      explain: (error) => toolTrouble('az', 'az login', error),
    },
    azureDeveloperCli: {
      name: 'Azure Developer CLI',
      credential: new AzureDeveloperCliCredential(options),
      explain: (error) => toolTrouble('azd', 'azd auth login', error),
    },
  };
  return tools.map((tool) => ways[tool]);
}
