// Log Analytics and Application Insights. Telemetry is taken from identities with a role, and from
// nobody who merely knows the connection string.

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Name of the Application Insights resource.')
param name string

@description('Azure region.')
param location string

@description('Tags of both.')
param tags object

@description('How many days logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    features: { disableLocalAuth: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

@description('Resource id of the Log Analytics workspace.')
output workspaceId string = workspace.id

@description('Resource id of the Application Insights resource.')
output id string = insights.id

@description('Name of the Application Insights resource.')
output name string = insights.name

@description('Where telemetry is sent to; no secret, because local authentication is off.')
output connectionString string = insights.properties.ConnectionString
