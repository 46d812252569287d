// App Service authentication in front of the HTTP API: who calls has signed in to Entra ID, and the
// app roles of the registration decide what they may do.

@description('Name of the function app.')
param appName string

@description('Client id of the app registration that has the app roles.')
param authClientId string

@description('Tenant of the app registration.')
param authTenantId string

@description('Name of the setting that stands for the registration\'s secret; empty: callers bring tokens, browsers cannot sign in.')
param clientSecretSettingName string

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: { enabled: true, runtimeVersion: '~1' }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'Return401'
      excludedPaths: [
        // Event Grid comes with the host's own key.
        '/runtime/webhooks/*'
        // Static and without data; the page's own calls are held to the sign-in.
        '/api/dashboard'
        '/api/dashboard/*'
        '/api/openapi.json'
        // Under a function key; says no more than when the last tick was.
        '/api/health'
      ]
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: authClientId
          clientSecretSettingName: empty(clientSecretSettingName) ? null : clientSecretSettingName
          openIdIssuer: '${environment().authentication.loginEndpoint}${authTenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [authClientId, 'api://${authClientId}']
        }
      }
    }
    login: {
      tokenStore: { enabled: false }
      preserveUrlFragmentsForLogins: true
    }
    httpSettings: { requireHttps: true }
  }
}
