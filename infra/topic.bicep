// The Event Grid topic that apps subscribe to. CloudEvents in, no access keys.

@description('Name of the topic.')
param name string

@description('Azure region.')
param location string

@description('Tags of the topic.')
param tags object

@description('Whether events can be sent from outside the topic\'s private endpoints. Delivery to apps does not depend on it.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('The Log Analytics workspace that is told which deliveries failed.')
param workspaceId string

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  // For subscriptions that deliver to Azure services by identity.
  identity: { type: 'SystemAssigned' }
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: publicNetworkAccess
  }
}

resource failures 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'twinkey'
  scope: topic
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'DeliveryFailures', enabled: true }
      { category: 'PublishFailures', enabled: true }
    ]
  }
}

@description('Resource id of the topic.')
output id string = topic.id

@description('Name of the topic.')
output name string = topic.name

@description('Where events are sent to.')
output endpoint string = topic.properties.endpoint

@description('The topic\'s own identity, by which it delivers to Azure services.')
output principalId string = topic.identity.principalId
