import { describe, expect, it } from 'vitest';
import {
  CLIENT,
  givenSettings,
  IN_AZURE,
  PRINCIPAL,
  SECRET,
  TENANT,
} from './credentialSettings.ts';

describe('the way to a token', () => {
  it.each([
    ['in Azure', IN_AZURE, { kind: 'managedIdentity', clientId: undefined, home: 'app' }],
    [
      'in Azure with a client id',
      { ...IN_AZURE, AZURE_CLIENT_ID: CLIENT },
      { kind: 'managedIdentity', clientId: CLIENT, home: 'app' },
    ],
    [
      "in Azure with a principal's secret",
      { ...IN_AZURE, ...PRINCIPAL, AZURE_CLIENT_SECRET: SECRET },
      { kind: 'managedIdentity', clientId: CLIENT, home: 'app' },
    ],
    [
      'in an app without identity',
      { WEBSITE_HOSTNAME: 'app.azurewebsites.net' },
      { kind: 'managedIdentity', clientId: undefined, home: 'none' },
    ],
    [
      'on a virtual machine, which has to say so',
      { TWINKEY_CREDENTIAL: 'managedIdentity' },
      { kind: 'managedIdentity', clientId: undefined, home: 'machine' },
    ],
    [
      'elsewhere with a secret',
      { ...PRINCIPAL, AZURE_CLIENT_SECRET: SECRET },
      { kind: 'servicePrincipal', tenantId: TENANT, clientId: CLIENT, proof: { secret: SECRET } },
    ],
    [
      'elsewhere with a certificate',
      { ...PRINCIPAL, AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' },
      {
        kind: 'servicePrincipal',
        tenantId: TENANT,
        clientId: CLIENT,
        proof: { certificatePath: '/c.pem', certificatePassword: undefined },
      },
    ],
    [
      "in a developer's Functions host",
      { WEBSITE_HOSTNAME: 'localhost:7071', AZURE_TENANT_ID: TENANT },
      { kind: 'developer', tools: ['azureCli', 'azureDeveloperCli'], tenantId: TENANT },
    ],
    [
      'where one tool is named',
      { TWINKEY_CREDENTIAL: 'azureDeveloperCli' },
      { kind: 'developer', tools: ['azureDeveloperCli'], tenantId: undefined },
    ],
    [
      'in Azure where a principal is named',
      {
        ...IN_AZURE,
        ...PRINCIPAL,
        AZURE_CLIENT_SECRET: SECRET,
        TWINKEY_CREDENTIAL: 'servicePrincipal',
      },
      { kind: 'servicePrincipal', tenantId: TENANT, clientId: CLIENT, proof: { secret: SECRET } },
    ],
  ])('%s', (_, env, choice) => {
    expect(givenSettings(env).credential).toEqual(choice);
  });

  it.each([
    [
      "a developer's tool in Azure",
      { ...IN_AZURE, TWINKEY_CREDENTIAL: 'azureCli' },
      "TWINKEY_CREDENTIAL: expected 'managedIdentity' or 'servicePrincipal' in Azure, found 'azureCli'",
    ],
    [
      'an unknown way',
      { TWINKEY_CREDENTIAL: 'password' },
      "TWINKEY_CREDENTIAL: expected one of managedIdentity, servicePrincipal, azureCli, azureDeveloperCli, found 'password'",
    ],
    [
      'a secret of nobody',
      { AZURE_CLIENT_SECRET: SECRET },
      'AZURE_TENANT_ID: expected that of the service principal, found nothing\n  AZURE_CLIENT_ID: expected that of the service principal, found nothing',
    ],
    [
      'a secret and a certificate',
      { ...PRINCIPAL, AZURE_CLIENT_SECRET: SECRET, AZURE_CLIENT_CERTIFICATE_PATH: '/c.pem' },
      'AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH: expected exactly one of them for the service principal, found both',
    ],
    [
      'a principal without either',
      { ...PRINCIPAL, TWINKEY_CREDENTIAL: 'servicePrincipal' },
      'AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH: expected exactly one of them for the service principal, found nothing',
    ],
  ])('is not %s', (_, env, complaint) => {
    let message = '';
    try {
      givenSettings(env);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(`invalid:\n  ${complaint}`);
    expect(message).not.toContain(SECRET);
  });
});
