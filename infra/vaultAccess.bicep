// The service's permissions at one Key Vault.

@description('Name of the vault, in the resource group that this module is deployed to.')
param vaultName string

@description('Principal of the service\'s identity.')
param principalId string

@description('Name (GUID) of the role.')
param role string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, role)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
