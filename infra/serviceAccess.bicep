// The service's permissions at its own storage account, topic and Application Insights: the built-in
// roles of roles.json.

@description('Principal of the service\'s identity.')
param principalId string

@description('Name of the storage account.')
param storageName string

@description('Name of the Event Grid topic.')
param topicName string

@description('Name of the Application Insights resource.')
param applicationInsightsName string

var roles = map(items(loadJsonContent('roles.json').builtIn), role => role.value)
var storageRoles = filter(roles, role => role.scope == 'storage')
var topicRoles = filter(roles, role => role.scope == 'topic')
var monitoringRoles = filter(roles, role => role.scope == 'monitoring')

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource onStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in storageRoles: {
    name: guid(storage.id, principalId, role.id)
    scope: storage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource onTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in topicRoles: {
    name: guid(topic.id, principalId, role.id)
    scope: topic
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in monitoringRoles: {
    name: guid(insights.id, principalId, role.id)
    scope: insights
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.id)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
