// Custom roles with exactly the permissions of roles.json, assignable in the given subscriptions.
targetScope = 'subscription'

@description('Tells the roles of several deployments apart, by name.')
param deployment string

@description('Ids of the subscriptions in which the roles are assigned.')
param subscriptionIds array

@description('Whether there is a role for switching key authentication off.')
param allowKeyless bool

var definitions = filter(items(loadJsonContent('roles.json').custom), role => role.key != 'keyless' || allowKeyless)

resource roles 'Microsoft.Authorization/roleDefinitions@2022-04-01' = [
  for role in definitions: {
    name: guid(subscription().id, deployment, role.key)
    properties: {
      roleName: '${role.value.name} (${deployment})'
      description: role.value.description
      type: 'CustomRole'
      assignableScopes: map(subscriptionIds, id => '/subscriptions/${id}')
      permissions: [
        {
          actions: map(role.value.actions, one => one.action)
          notActions: []
          dataActions: map(role.value.dataActions, one => one.action)
          notDataActions: []
        }
      ]
    }
  }
]

var accountsRole = guid(subscription().id, deployment, 'accounts')
var keylessRole = guid(subscription().id, deployment, 'keyless')

@description('Names (GUIDs) of the roles to assign at accounts.')
output accountRoles array = allowKeyless ? [accountsRole, keylessRole] : [accountsRole]

@description('Name (GUID) of the role to assign at vaults.')
output vaultRole string = guid(subscription().id, deployment, 'vault')
