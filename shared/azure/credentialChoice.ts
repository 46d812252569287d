import { isLoopback } from './settingForms.ts';
import type { SettingProblem, SettingValues } from './settingRows.ts';

/**
 * Where identities are: the platform of an app says so, a virtual machine has them at an address that all
 * know (other machines have nobody there, or a proxy), and an app of which nothing is said has none.
 */
export type IdentityHome = 'app' | 'machine' | 'none';

/** A managed identity of the machine or app that the service runs in. */
export interface ManagedIdentity {
  readonly kind: 'managedIdentity';
  /** Client id of a user-assigned identity; undefined: the system-assigned one. */
  readonly clientId: string | undefined;
  readonly home: IdentityHome;
}

/** An application of Entra ID, which proves itself by a secret or by a certificate. */
export interface ServicePrincipal {
  readonly kind: 'servicePrincipal';
  readonly tenantId: string;
  readonly clientId: string;
  readonly proof:
    | { readonly secret: string }
    | { readonly certificatePath: string; readonly certificatePassword?: string | undefined };
}

/** Whoever is signed in to a tool on a developer's machine; the tools are asked in their order. */
export interface Developer {
  readonly kind: 'developer';
  readonly tools: readonly ('azureCli' | 'azureDeveloperCli')[];
  /** Whose tokens the tools are asked for; undefined: those of the tenant that they are signed in to. */
  readonly tenantId: string | undefined;
}

/** Where the service's tokens come from. */
export type CredentialChoice = ManagedIdentity | ServicePrincipal | Developer;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The one way that the settings name. Left out: in Azure the managed identity, so that a missing
 * identity is an error and not a reason to try somebody else's; elsewhere the service principal that
 * has a secret or a certificate, else the developer.
 */
export function chooseCredential(values: SettingValues, env: Environment): CredentialChoice {
  const clientId = values.AZURE_CLIENT_ID;
  const tenantId = values.AZURE_TENANT_ID;
  const way = wayOf(values, env);
  if (way === 'managedIdentity') return { kind: way, clientId, home: identityHome(env) };
  if (way === 'servicePrincipal') {
    const secret = values.AZURE_CLIENT_SECRET;
    const certificatePath = values.AZURE_CLIENT_CERTIFICATE_PATH ?? '';
    const certificatePassword = values.AZURE_CLIENT_CERTIFICATE_PASSWORD;
    const proof = secret ? { secret } : { certificatePath, certificatePassword };
    return { kind: way, tenantId: tenantId ?? '', clientId: clientId ?? '', proof };
  }
  const tools = way === 'developer' ? (['azureCli', 'azureDeveloperCli'] as const) : [way];
  return { kind: 'developer', tools, tenantId };
}

/** What keeps the chosen way from being complete, by setting. */
export function credentialProblems(values: SettingValues, env: Environment): SettingProblem[] {
  const way = wayOf(values, env);
  if (way === 'azureCli' || way === 'azureDeveloperCli') {
    if (!isInAzure(env)) return [];
    const expected = "'managedIdentity' or 'servicePrincipal' in Azure";
    return [{ setting: 'TWINKEY_CREDENTIAL', expected, found: `'${way}'` }];
  }
  if (way !== 'servicePrincipal') return [];
  const missing = (['AZURE_TENANT_ID', 'AZURE_CLIENT_ID'] as const).filter(
    (name) => !has(env, name),
  );
  const proofs = PROOFS.filter((name) => has(env, name));
  return [
    ...missing.map((setting) => ({
      setting,
      expected: 'that of the service principal',
      found: 'nothing',
    })),
    ...(proofs.length === 1
      ? []
      : [
          {
            setting: PROOFS.join(' or '),
            expected: 'exactly one of them for the service principal',
            found: proofs.length === 0 ? 'nothing' : 'both',
          },
        ]),
  ];
}

const PROOFS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE_PATH'] as const;

function wayOf(values: SettingValues, env: Environment) {
  const { TWINKEY_CREDENTIAL } = values;
  if (TWINKEY_CREDENTIAL) return TWINKEY_CREDENTIAL;
  if (isInAzure(env)) return 'managedIdentity';
  return PROOFS.some((name) => has(env, name)) ? 'servicePrincipal' : 'developer';
}

function isInAzure(env: Environment): boolean {
  return hasIdentityEndpoint(env) || isInAppService(env);
}

/** App Service names an app's host; the hosts on developers' machines are on loopback. */
function isInAppService({ WEBSITE_HOSTNAME: host }: Environment): boolean {
  const url = `https://${host}`;
  return Boolean(host) && !(URL.canParse(url) && isLoopback(new URL(url)));
}

function hasIdentityEndpoint(env: Environment): boolean {
  return has(env, 'IDENTITY_ENDPOINT') || has(env, 'MSI_ENDPOINT');
}

function identityHome(env: Environment): IdentityHome {
  if (hasIdentityEndpoint(env)) return 'app';
  return isInAppService(env) ? 'none' : 'machine';
}

function has(env: Environment, name: string): boolean {
  return Boolean(env[name]?.trim());
}
