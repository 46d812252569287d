// Key Vault's own events for the function app: a secret is about to expire, or somebody set one.

@description('Name of the vault, in the resource group that this module is deployed to.')
param vaultName string

@description('Resource id of the function app. Its function has to be deployed already: Event Grid looks for it.')
param appId string

@description('Name of the event subscription.')
param name string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource subscribed 'Microsoft.EventGrid/eventSubscriptions@2025-02-15' = {
  name: name
  scope: vault
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${appId}/functions/onVaultEvent'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: [
        'Microsoft.KeyVault.SecretNearExpiry'
        'Microsoft.KeyVault.SecretNewVersionCreated'
      ]
    }
    retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 }
  }
}
