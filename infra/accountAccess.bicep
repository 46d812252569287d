// The service's permissions at one AI services account.

@description('Name of the account, in the resource group that this module is deployed to.')
param accountName string

@description('Principal of the service\'s identity.')
param principalId string

@description('Names (GUIDs) of the roles.')
param roles array

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in roles: {
    name: guid(account.id, principalId, role)
    scope: account
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]
