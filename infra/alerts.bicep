// Tells people when something is wrong: the rules of alerts.json, over the service's telemetry.

@description('Begins the rules\' names.')
param namePrefix string

@description('Azure region.')
param location string

@description('Tags of the rules.')
param tags object

@description('Resource id of the Application Insights resource.')
param applicationInsightsId string

@description('Resource id of the Log Analytics workspace.')
param workspaceId string

@description('E-mail addresses to tell.')
param emails array

@description('Resource ids of action groups to tell.')
param actionGroupIds array

var rules = loadJsonContent('alerts.json')
var scopes = { applicationInsights: applicationInsightsId, workspace: workspaceId }

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${namePrefix}-mail'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'twinkey'
    emailReceivers: map(emails, email => {
      name: email
      emailAddress: email
      useCommonAlertSchema: true
    })
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.name}'
    location: location
    tags: tags
    properties: {
      displayName: rule.displayName
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [scopes[rule.scope]]
      evaluationFrequency: rule.frequency
      windowSize: rule.window
      // A rule resolves once its window holds nothing more.
      autoMitigate: true
      // Tables come into being with their first line.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: join(rule.query, '\n')
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: map(rule.dimensions, dimension => {
              name: dimension
              operator: 'Include'
              values: ['*']
            })
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: concat(actionGroupIds, empty(emails) ? [] : [mail.id]) }
    }
  }
]
