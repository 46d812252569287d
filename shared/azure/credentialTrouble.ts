import type { IdentityHome } from './credentialChoice.ts';
import type { Heard } from './tokenAnswers.ts';

/** Why one credential gave no token, and what somebody can do about it. */
export interface Trouble {
  readonly reason: string;
  readonly remedy: string;
  /** True when it may mend itself. */
  readonly passing: boolean;
}

/**
 * No credential gave a token. The message names each that was tried, why it failed and what to do,
 * and holds no secret, token, certificate or text of an answer.
 */
export class NoToken extends Error {
  override readonly name = 'NoToken';
  /** True when it may mend itself. */
  readonly passing: boolean;

  constructor(tried: readonly { readonly name: string; readonly trouble: Trouble }[]) {
    const lines = tried.map(({ name, trouble }) => `${name}: ${trouble.reason}; ${trouble.remedy}`);
    super(lines.join(' | '));
    this.passing = tried.some(({ trouble }) => trouble.passing);
  }
}

/** What Entra ID's commonest numbers say; the full list is at aka.ms/AADSTSerrors. */
const ENTRA: Record<number, Omit<Trouble, 'passing'>> = {
  90002: {
    reason: 'there is no such tenant in this cloud',
    remedy: 'mend AZURE_TENANT_ID or TWINKEY_CLOUD',
  },
  500011: {
    reason: 'the tenant does not know the service that the token is for',
    remedy: 'mend TWINKEY_CLOUD, or the tenant',
  },
  700016: {
    reason: 'the tenant has no application with this client id',
    remedy: 'mend AZURE_CLIENT_ID or AZURE_TENANT_ID',
  },
  700027: {
    reason: 'the application does not know the certificate',
    remedy: 'register the certificate, or mend AZURE_CLIENT_CERTIFICATE_PATH',
  },
  7000215: {
    reason: 'the secret is wrong',
    remedy: "set AZURE_CLIENT_SECRET to the secret's value, not its id",
  },
  7000222: {
    reason: 'the secret has expired',
    remedy: 'make a new one and set AZURE_CLIENT_SECRET',
  },
};

/**
 * What an answer or a silence of `whom` means; undefined: nothing known. `otherwise` is what to do about
 * a refusal that has no number of Entra ID's.
 */
function troubleHeard(
  whom: string,
  heard: Heard | undefined,
  otherwise: string,
): Trouble | undefined {
  if (!heard) return undefined;
  if (heard.kind === 'silence') {
    const reason =
      heard.code === 'timeout'
        ? `no answer of ${whom} in time`
        : `${whom} cannot be reached (${heard.code})`;
    return { reason, remedy: 'look at the network, if that lasts', passing: true };
  }
  const { status, error, number } = heard;
  if (status < 400) return undefined;
  const said = [status, error, number !== undefined && `AADSTS${number}`].filter(Boolean).join(' ');
  const known = number === undefined ? undefined : ENTRA[number];
  if (known) return { ...known, reason: `${known.reason} (${said})`, passing: false };
  const passing = status >= 500 || status === 408 || status === 429;
  const refused = number === undefined ? otherwise : LOOK_UP;
  const remedy = passing ? 'wait, it is asked again' : refused;
  return { reason: `${whom} answered ${said}`, remedy, passing };
}

const LOOK_UP = 'look the code up at https://aka.ms/AADSTSerrors';

/** What to do about an identity endpoint that answers, but as none should. */
const STRANGE_ENDPOINT: Readonly<Record<Exclude<IdentityHome, 'none'>, string>> = {
  app: 'restart the app',
  machine:
    "look for a proxy that answers in its place; on a developer's machine set TWINKEY_CREDENTIAL to azureCli",
};

/** What a managed identity's failure means. */
export function identityTrouble(
  clientId: string | undefined,
  home: Exclude<IdentityHome, 'none'>,
  heard: Heard | undefined,
): Trouble {
  const trouble = troubleHeard('the identity endpoint', heard, STRANGE_ENDPOINT[home]);
  // 404 is how a virtual machine says it.
  const refused =
    heard?.kind === 'answer' && [400, 404].includes(heard.status) && heard.number === undefined;
  if (refused) {
    return {
      reason: `the identity endpoint answered ${heard.status}: ${
        clientId
          ? 'no identity with this client id is assigned'
          : 'no system-assigned identity is switched on'
      }`,
      remedy: clientId
        ? 'assign the identity to the app, or mend AZURE_CLIENT_ID'
        : 'switch it on, or name the user-assigned identity by AZURE_CLIENT_ID',
      passing: false,
    };
  }
  return (
    trouble ?? {
      reason: 'the identity endpoint gave an answer without a token',
      remedy: STRANGE_ENDPOINT[home],
      passing: true,
    }
  );
}

/** The app runs in Azure, and nothing says where its identity is. */
export const NO_IDENTITY: Trouble = {
  reason: 'the app has no identity: IDENTITY_ENDPOINT is not set',
  remedy: 'give the app an identity, or set TWINKEY_CREDENTIAL to servicePrincipal',
  passing: false,
};

/** What a service principal's failure means. */
export function principalTrouble(
  by: 'secret' | 'certificate',
  error: unknown,
  heard: Heard | undefined,
): Trouble {
  const trouble = troubleHeard('Entra ID', heard, 'look for a proxy that answers in its place');
  if (trouble) return trouble;
  const { code = '', name, message } = error as NodeJS.ErrnoException;
  if (by === 'secret') {
    return { reason: `it failed (${name})`, remedy: 'mend the settings AZURE_…', passing: false };
  }
  const certificate = { remedy: 'mend AZURE_CLIENT_CERTIFICATE_PATH', passing: false };
  if (code === 'ENOENT') return { ...certificate, reason: 'the certificate file is not there' };
  if (/^E[A-Z]+$/.test(code)) {
    return { ...certificate, reason: `the certificate file cannot be read (${code})` };
  }
  if (/PEM-encoded certificate/.test(message)) {
    return { ...certificate, reason: 'the certificate file holds no certificate in PEM form' };
  }
  return {
    reason: `the certificate's private key is missing or cannot be used (${name})`,
    remedy: 'mend the file, or AZURE_CLIENT_CERTIFICATE_PASSWORD',
    passing: false,
  };
}

/** What the failure of a developer's tool means; what the tool printed stays out of it. */
export function toolTrouble(tool: string, signIn: string, error: unknown): Trouble {
  const { message } = error as Error;
  if (/(could not|couldn't) be found/.test(message)) {
    const reason = `${tool} is not installed, or not on the PATH`;
    return { reason, remedy: `install it and run '${signIn}'`, passing: false };
  }
  const number = /AADSTS(\d{4,8})/.exec(message)?.[1];
  if (number) {
    const reason = `Entra ID refused (AADSTS${number})`;
    return { reason, remedy: `run '${signIn}', or ${LOOK_UP}`, passing: false };
  }
  if (/ login/.test(message)) {
    return { reason: 'nobody is signed in', remedy: `run '${signIn}'`, passing: false };
  }
  return { reason: `${tool} gave no token`, remedy: `run '${signIn}'`, passing: false };
}
