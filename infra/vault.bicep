// A Key Vault of the service's own. Permissions by roles alone; what is deleted can be recovered.

@description('Name of the vault, 3 to 24 letters, digits and dashes, unique in Azure.')
@minLength(3)
@maxLength(24)
param name string

@description('Azure region.')
param location string

@description('Tags of the vault.')
param tags object

@description('Whether the vault can be reached from outside its private endpoints.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('Nobody can purge the vault or a secret before its retention ends. Cannot be switched off again.')
param purgeProtection bool

@description('How many days deleted secrets and a deleted vault are kept. Cannot be changed later.')
@minValue(7)
@maxValue(90)
param softDeleteRetentionDays int

@description('The Log Analytics workspace that is told who did what with the secrets.')
param workspaceId string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // Key Vault refuses an explicit false.
    enablePurgeProtection: purgeProtection ? true : null
    softDeleteRetentionInDays: softDeleteRetentionDays
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'twinkey'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'AuditEvent', enabled: true }
    ]
  }
}

@description('Resource id of the vault.')
output id string = vault.id
