// The function app on Flex Consumption. It holds no secret: every service is reached by identity. Its
// settings come last (appSettings.bicep).

@description('Name of the function app.')
param name string

@description('Name of its plan.')
param planName string

@description('Azure region.')
param location string

@description('Tags of app and plan.')
param tags object

@description('Resource id of the user-assigned identity; empty: the app gets a system-assigned one.')
param identityId string

@description('URL of the blob container for the deployed package.')
param packageContainerUrl string

@description('Version of Node.js.')
param nodeVersion string

@description('Memory of one instance, in MB.')
param instanceMemoryMB int

@description('The most instances at once.')
param maximumInstanceCount int

@description('Resource id of the subnet that the app reaches out from; empty: none.')
param subnetId string

@description('Whether the HTTP API can be reached from outside its private endpoint.')
@allowed(['Enabled', 'Disabled'])
param publicNetworkAccess string

var isUserAssigned = !empty(identityId)

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: isUserAssigned
    ? { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
    : { type: 'SystemAssigned' }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: publicNetworkAccess
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageContainerUrl
          authentication: isUserAssigned
            ? { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
            : { type: 'SystemAssignedIdentity' }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
    }
  }
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: { allow: false }
}

resource noDeploymentPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: { allow: false }
}

@description('Resource id of the function app.')
output id string = app.id

@description('Name of the function app.')
output name string = app.name

@description('Base URL of the HTTP API.')
output apiUrl string = 'https://${app.properties.defaultHostName}/api'

@description('Principal of the system-assigned identity; empty with a user-assigned one.')
output systemPrincipalId string = isUserAssigned ? '' : app.identity.principalId
