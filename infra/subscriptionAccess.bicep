// The service's permissions at every AI services account of one subscription.
targetScope = 'subscription'

@description('Principal of the service\'s identity.')
param principalId string

@description('Names (GUIDs) of the roles.')
param roles array

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(subscription().id, principalId, role)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
