// For a first look: an AI services account that is rotated every hour, and a queue that shows the events.

@description('Name of the account, which becomes its custom subdomain; unique in Azure.')
param accountName string

@description('Name of the storage account for the queue.')
param storageName string

@description('Azure region.')
param location string

@description('Tags of the demo\'s resources.')
param tags object

@description('Name of the Event Grid topic.')
param topicName string

@description('The topic\'s own identity, by which it delivers.')
param topicPrincipalId string

@description('Who deploys, and may look at the queue; empty: nobody is given permission.')
param principalId string

var roles = loadJsonContent('roles.json').demo

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: accountName
  location: location
  // Most other kinds want terms accepted in the portal first.
  kind: 'AIServices'
  sku: { name: 'S0' }
  tags: union(tags, {
    'key-rotation': 'enabled'
    'key-rotation-period': 'PT1H'
    'key-rotation-overlap': 'PT20M'
  })
  properties: {
    customSubDomainName: accountName
    disableLocalAuth: false
    publicNetworkAccess: 'Enabled'
  }
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: storageName
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = {
  parent: queues
  name: 'twinkey-events'
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, topicPrincipalId, roles.queueSender.id)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueSender.id)
    principalId: topicPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource reader 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(principalId)) {
  name: guid(storage.id, principalId, roles.queueReader.id)
  scope: storage
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.queueReader.id)
    principalId: principalId
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource subscriber 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'demo'
  properties: {
    deliveryWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storage.id
          queueName: queue.name
          queueMessageTimeToLiveInSeconds: 604800
        }
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: { subjectBeginsWith: toLower(account.id) }
    retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 }
  }
  dependsOn: [sender]
}

@description('Name of the demo account.')
output accountName string = account.name

@description('Name of the storage account with the queue of events.')
output storageName string = storage.name

@description('Name of the queue of events.')
output queueName string = queue.name
