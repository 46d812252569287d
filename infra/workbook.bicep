// The fleet's state as an Azure Monitor workbook, from workbook.json.

@description('What the workbook is called in the portal.')
param displayName string

@description('Azure region.')
param location string

@description('Tags of the workbook.')
param tags object

@description('Resource id of the Application Insights resource that it reads.')
param applicationInsightsId string

var content = union(json(loadTextContent('workbook.json')), { fallbackResourceIds: [applicationInsightsId] })

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(applicationInsightsId, 'twinkey')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    version: 'Notebook/1.0'
    sourceId: applicationInsightsId
    serializedData: string(content)
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
