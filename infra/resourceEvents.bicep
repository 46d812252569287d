// Resource Manager's own events for the function app: somebody regenerated a key of an account in this
// subscription.
targetScope = 'subscription'

@description('Resource id of the function app. Its function has to be deployed already: Event Grid looks for it.')
param appId string

@description('Name of the event subscription.')
param name string

resource subscribed 'Microsoft.EventGrid/eventSubscriptions@2025-02-15' = {
  name: name
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${appId}/functions/onResourceEvent'
        maxEventsPerBatch: 1
        preferredBatchSizeInKilobytes: 64
      }
    }
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    filter: {
      includedEventTypes: ['Microsoft.Resources.ResourceActionSuccess']
      // Listing keys raises an event as well, at every look that the service takes.
      advancedFilters: [
        {
          operatorType: 'StringIn'
          key: 'data.operationName'
          values: ['Microsoft.CognitiveServices/accounts/regenerateKey/action']
        }
      ]
    }
    retryPolicy: { eventTimeToLiveInMinutes: 1440, maxDeliveryAttempts: 30 }
  }
}
