// Private endpoints in the service's network, with the DNS zones in which the app finds them.

@description('Begins the endpoints\' names.')
param namePrefix string

@description('Azure region.')
param location string

@description('Tags of endpoints and zones.')
param tags object

@description('Resource id of the virtual network that the zones are linked to.')
param networkId string

@description('Resource id of the subnet for the endpoints.')
param subnetId string

@description('What to reach: objects of resourceId, group (the sub-resource) and zone (the private DNS zone).')
param targets array

resource zones 'Microsoft.Network/privateDnsZones@2020-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [
  for (target, index) in targets: {
    parent: zones[index]
    name: 'twinkey'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: networkId }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for target in targets: {
    name: '${namePrefix}-${target.group}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: {
            privateLinkServiceId: target.resourceId
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.group
          properties: { privateDnsZoneId: zones[index].id }
        }
      ]
    }
    dependsOn: [links]
  }
]
