// The storage account of the function app: its package, its host's locks, the queue of passes, the
// tables of records. No shared keys: whoever wants in needs a role.

@description('Name of the storage account.')
param name string

@description('Azure region.')
param location string

@description('Tags of the storage account.')
param tags object

@description('Whether the account can be reached from outside its private endpoints.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

@description('How many copies are kept, and where.')
param sku string

@description('The Log Analytics workspace that is told what is put on the queues.')
param workspaceId string

var packageContainerName = 'app-package'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess == 'Enabled' ? 'Allow' : 'Deny'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: packageContainerName
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

// Metrics count the messages of all queues together: only the log tells a poison queue's apart.
resource queueLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'twinkey'
  scope: queues
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
    ]
  }
}

@description('Resource id of the storage account.')
output id string = account.id

@description('Name of the storage account.')
output name string = account.name

@description('URL of the container for the deployed package.')
output packageContainerUrl string = '${account.properties.primaryEndpoints.blob}${packages.name}'

@description('URL of the Blob service.')
output blobUrl string = account.properties.primaryEndpoints.blob

@description('URL of the Queue service.')
output queueUrl string = account.properties.primaryEndpoints.queue

@description('URL of the Table service.')
output tableUrl string = account.properties.primaryEndpoints.table
