// The settings of the function app, which are deployed after authentication.bicep: an app that believes the
// principal in a request's header has to have in front of it who strips that header from requests first.

@description('Name of the function app.')
param appName string

@description('Client id of the user-assigned identity; empty with a system-assigned one.')
param clientId string

@description('URL of the storage account\'s Blob service.')
param blobUrl string

@description('URL of the storage account\'s Queue service.')
param queueUrl string

@description('URL of the storage account\'s Table service.')
param tableUrl string

@description('Where telemetry is sent to.')
param applicationInsightsConnectionString string

@description('The service\'s own settings, by name.')
param settings object

var isUserAssigned = !empty(clientId)

var hostSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__blobServiceUri: blobUrl
  AzureWebJobsStorage__queueServiceUri: queueUrl
  AzureWebJobsStorage__tableServiceUri: tableUrl
  APPLICATIONINSIGHTS_CONNECTION_STRING: applicationInsightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: isUserAssigned ? 'ClientId=${clientId};Authorization=AAD' : 'Authorization=AAD'
}

var identitySettings = isUserAssigned
  ? {
      AzureWebJobsStorage__clientId: clientId
      AZURE_CLIENT_ID: clientId
    }
  : {}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: appName
}

resource appSettings 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'appsettings'
  properties: union(hostSettings, identitySettings, settings)
}
