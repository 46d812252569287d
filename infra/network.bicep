// A virtual network for the function app: a subnet that it reaches out from, and one for the private
// endpoints of what it reaches.

@description('Name of the virtual network.')
param name string

@description('Azure region.')
param location string

@description('Tags of the network.')
param tags object

@description('Addresses of the network, a /24 or larger.')
param addressPrefix string

@description('Whether the app reaches the internet from one fixed address, which firewalls of accounts can allow.')
param natGateway bool

resource publicAddress 'Microsoft.Network/publicIPAddresses@2024-05-01' = if (natGateway) {
  name: '${name}-out'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2024-05-01' = if (natGateway) {
  name: '${name}-nat'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: {
    publicIpAddresses: [
      { id: publicAddress.id }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          natGateway: natGateway ? { id: gateway.id } : null
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

@description('Resource id of the virtual network.')
output id string = network.id

@description('Resource id of the subnet for the function app.')
output appSubnetId string = '${network.id}/subnets/app'

@description('Resource id of the subnet for private endpoints.')
output endpointSubnetId string = '${network.id}/subnets/endpoints'

@description('The fixed address that the app reaches out from; empty without a NAT gateway.')
output outboundAddress string = natGateway ? publicAddress!.properties.ipAddress : ''
