// Twinkey in Azure: everything that one deployment needs, and its permissions at the accounts that it
// rotates. docs/deploy.md says how to use it.
targetScope = 'subscription'

// Basics

@description('Name of this environment, from which resources are named.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region of all resources.')
@minLength(1)
param location string

@description('Resource group to make or to use; empty: rg-twinkey- and the environment\'s name.')
param resourceGroupName string = ''

@description('Names the deployment in secrets and events, 1 to 64 letters, digits and dashes; empty: the function app\'s name. Keep it when you move to another region or app: secrets belong to it.')
@maxLength(64)
param deploymentName string = ''

@description('Tags of all resources.')
param tags object = {}

// Accounts

@description('Accounts to rotate: comma-separated resource ids. The identity is given permission at each.')
param accountIds string = ''

@description('Subscriptions in which every account tagged key-rotation=enabled is rotated: comma-separated ids. The identity is given permission at all accounts of each.')
param subscriptionIds string = ''

@description('Operators may end key authentication of an account. The identity is then given accounts/write too.')
param allowKeyless bool = false

// Schedule and policy: what an account's own tags do not say

@description('When due accounts are looked for: a six-field NCRONTAB expression.')
param tickSchedule string = '0 * * * * *'

@description('Default of the account tag key-rotation-period, an ISO 8601 duration.')
param defaultPeriod string = 'P30D'

@description('Default of the account tag key-rotation-overlap, an ISO 8601 duration.')
param defaultOverlap string = 'P2D'

@description('Default of the account tag key-rotation-window; empty: at any time.')
param defaultWindow string = ''

@description('Default of the account tag key-rotation-subscribers, comma-separated names; empty: none.')
param defaultSubscribers string = ''

@description('Default of the account tag key-rotation-ack: whether the stale key waits for all acknowledgements.')
@allowed(['advisory', 'required'])
param defaultAcknowledgement string = 'advisory'

@description('Default of the account tag key-rotation-ack-limit, an ISO 8601 duration.')
param defaultAcknowledgementLimit string = 'P7D'

@description('Any other application setting by its name, such as TWINKEY_QUARANTINE. Wins over the parameters above.')
param settings object = {}

// Key Vault

@description('Resource id of an existing vault for the keys, with permissions by roles; empty: a new one.')
param vaultId string = ''

@description('More vaults that the tag key-rotation-secret may name: comma-separated resource ids. The identity is given permission at each.')
param allowedVaultIds string = ''

@description('Nobody can purge the new vault or its secrets before their retention ends. Cannot be switched off again.')
param purgeProtection bool = true

@description('How many days the new vault keeps what is deleted. Cannot be changed later.')
@minValue(7)
@maxValue(90)
param softDeleteRetentionDays int = 90

// Function app

@description('The app\'s identity. A user-assigned one outlives the app, can let browsers sign in without a secret, and tells the app\'s own changes of keys from those of others in Azure\'s events.')
@allowed(['UserAssigned', 'SystemAssigned'])
param identityType string = 'UserAssigned'

@description('Version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '22'

@description('Memory of one instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('The most instances at once of each function that scales by itself. Few are enough: Azure throttles calls about accounts by subscription. Some regions take no fewer than 40.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Copies of the storage account\'s data. Zone-redundant where the region has zones is the better choice in production.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

// Network

@description('Makes a virtual network for the app, with private endpoints for storage, vault and topic.')
param privateNetwork bool = false

@description('Addresses of that network, a /24 or larger.')
param networkAddressPrefix string = '10.90.0.0/24'

@description('The app in that network reaches the internet from one fixed address, which firewalls of accounts can allow. Refused without privateNetwork, and with appSubnetId.')
param natGateway bool = false

@description('Existing subnet that the app reaches out from instead, delegated to Microsoft.App/environments; empty: none. With privateNetwork too, that network has the private endpoints alone, and yours needs a way to them and their DNS zones.')
param appSubnetId string = ''

@description('Whether storage, the new vault and the topic can be reached from outside private endpoints. Disabled is refused without privateNetwork or appSubnetId; with appSubnetId alone the private endpoints are yours to make.')
@allowed(['Enabled', 'Disabled'])
param servicesPublicAccess string = privateNetwork ? 'Disabled' : 'Enabled'

@description('Whether the HTTP API can be reached from outside a private endpoint. Disabled also keeps Azure\'s own events and deployments from outside the network out; without privateNetwork the private endpoint is yours to make.')
@allowed(['Enabled', 'Disabled'])
param apiPublicAccess string = 'Enabled'

// Sign-in

@description('Client id of an app registration with the roles of appRoles.json: callers of the HTTP API sign in to Entra ID. Empty: function keys alone.')
param authClientId string = ''

@description('Tenant of that registration; empty: the tenant that is deployed to.')
param authTenantId string = ''

// Azure's own events

@description('Key Vault and Resource Manager tell the app at once when somebody sets a secret or regenerates a key. Only once the app\'s functions are deployed: Event Grid looks for them.')
param azureEvents bool = false

// Monitoring

@description('How many days logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Makes the alert rules.')
param alerts bool = true

@description('Who is told of alerts: comma-separated e-mail addresses.')
param alertEmails string = ''

@description('Existing action groups that are told of alerts: comma-separated resource ids.')
param alertActionGroupIds string = ''

// Demo

@description('Makes an AI services account that is rotated every hour, and a queue that receives its events. By default only where no account and no subscription is named.')
param demo bool = empty(accountIds) && empty(subscriptionIds)

@description('Object id of who deploys, who may then look at the demo\'s queue; empty: nobody is given permission.')
param principalId string = ''

@description('What stands between the commas, trimmed, in lower case and each once.')
func listOf(text string) array => union(filter(map(split(text, ','), part => toLower(trim(part))), part => !empty(part)), [])

var token = toLower(uniqueString(subscription().id, environmentName, location))
var suffix = 'twinkey-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var groupName = empty(resourceGroupName) ? 'rg-twinkey-${environmentName}' : resourceGroupName
var groupId = '${subscription().id}/resourceGroups/${groupName}'
var appName = 'func-${suffix}'
var deployment = empty(deploymentName) ? appName : deploymentName
var isUserAssigned = identityType == 'UserAssigned'
var hasSignIn = !empty(authClientId)

// What cannot work, and why; empty: nothing.
var refusal = natGateway && (!privateNetwork || !empty(appSubnetId))
  ? 'natGateway needs privateNetwork, without appSubnetId: it belongs to the subnet that is made for the app.'
  : servicesPublicAccess == 'Disabled' && !privateNetwork && empty(appSubnetId)
      ? 'servicesPublicAccess=Disabled shuts the app itself out: set privateNetwork, or appSubnetId.'
      : ''

var accounts = listOf(accountIds)
var subscriptions = listOf(subscriptionIds)
var demoAccountName = 'ai-demo-${suffix}'
var demoAccountIds = demo ? ['${groupId}/providers/Microsoft.CognitiveServices/accounts/${demoAccountName}'] : []

var newVaultName = 'kv-${suffix}'
var keysVaultId = empty(vaultId) ? '${groupId}/providers/Microsoft.KeyVault/vaults/${newVaultName}' : toLower(trim(vaultId))
var otherVaultIds = listOf(allowedVaultIds)
var vaultIds = union([keysVaultId], otherVaultIds)
var vaultUrls = map(vaultIds, id => 'https://${last(split(id, '/'))}${environment().suffixes.keyvaultDns}')

// Where the custom roles are assigned, and where people regenerate keys.
var ownSubscription = toLower(subscription().subscriptionId)
var accountSubscriptions = union([ownSubscription], subscriptions, map(accounts, id => split(id, '/')[2]))
var roleSubscriptions = union(accountSubscriptions, map(vaultIds, id => toLower(split(id, '/')[2])))

var clouds = { AzureCloud: 'public', AzureUSGovernment: 'usgovernment', AzureChinaCloud: 'china' }
var zones = loadJsonContent('privateZones.json')[environment().name]
var signInSecretSetting = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: groupName
  // The first of all resources: what cannot work is refused before anything is made.
  location: empty(refusal) ? location : fail(refusal)
  tags: allTags
}

module identity 'identity.bicep' = if (isUserAssigned) {
  name: 'twinkey-identity'
  scope: group
  params: {
    name: 'id-${suffix}'
    location: location
    tags: allTags
  }
}

module monitoring 'monitoring.bicep' = {
  name: 'twinkey-monitoring'
  scope: group
  params: {
    name: 'appi-${suffix}'
    workspaceName: 'log-${suffix}'
    location: location
    tags: allTags
    retentionDays: logRetentionDays
  }
}

module storage 'storage.bicep' = {
  name: 'twinkey-storage'
  scope: group
  params: {
    name: 'sttwinkey${token}'
    location: location
    tags: allTags
    sku: storageSku
    publicNetworkAccess: servicesPublicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module vault 'vault.bicep' = if (empty(vaultId)) {
  name: 'twinkey-vault'
  scope: group
  params: {
    name: newVaultName
    location: location
    tags: allTags
    publicNetworkAccess: servicesPublicAccess
    purgeProtection: purgeProtection
    softDeleteRetentionDays: softDeleteRetentionDays
    workspaceId: monitoring.outputs.workspaceId
  }
}

module topic 'topic.bicep' = {
  name: 'twinkey-topic'
  scope: group
  params: {
    name: 'evgt-${suffix}'
    location: location
    tags: allTags
    publicNetworkAccess: servicesPublicAccess
    workspaceId: monitoring.outputs.workspaceId
  }
}

module network 'network.bicep' = if (privateNetwork) {
  name: 'twinkey-network'
  scope: group
  params: {
    name: 'vnet-${suffix}'
    location: location
    tags: allTags
    addressPrefix: networkAddressPrefix
    natGateway: natGateway
  }
}

module serviceEndpoints 'privateEndpoints.bicep' = if (privateNetwork) {
  name: 'twinkey-service-endpoints'
  scope: group
  params: {
    namePrefix: 'pep-${suffix}'
    location: location
    tags: allTags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    targets: [
      { group: 'blob', resourceId: storage.outputs.id, zone: 'privatelink.blob.${environment().suffixes.storage}' }
      { group: 'queue', resourceId: storage.outputs.id, zone: 'privatelink.queue.${environment().suffixes.storage}' }
      { group: 'table', resourceId: storage.outputs.id, zone: 'privatelink.table.${environment().suffixes.storage}' }
      { group: 'vault', resourceId: keysVaultId, zone: zones.vault }
      { group: 'topic', resourceId: topic.outputs.id, zone: zones.topic }
    ]
  }
  dependsOn: [vault]
}

module app 'app.bicep' = {
  name: 'twinkey-app'
  scope: group
  params: {
    name: appName
    planName: 'plan-${suffix}'
    location: location
    tags: allTags
    identityId: isUserAssigned ? identity!.outputs.id : ''
    packageContainerUrl: storage.outputs.packageContainerUrl
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    subnetId: privateNetwork && empty(appSubnetId) ? network!.outputs.appSubnetId : appSubnetId
    publicNetworkAccess: apiPublicAccess
  }
  dependsOn: [serviceEndpoints]
}

module apiEndpoint 'privateEndpoints.bicep' = if (privateNetwork && apiPublicAccess == 'Disabled') {
  name: 'twinkey-api-endpoint'
  scope: group
  params: {
    namePrefix: 'pep-${suffix}'
    location: location
    tags: allTags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointSubnetId
    targets: [
      { group: 'sites', resourceId: app.outputs.id, zone: zones.sites }
    ]
  }
}

module authentication 'authentication.bicep' = if (hasSignIn) {
  name: 'twinkey-authentication'
  scope: group
  params: {
    appName: app.outputs.name
    authClientId: authClientId
    authTenantId: empty(authTenantId) ? tenant().tenantId : authTenantId
    clientSecretSettingName: isUserAssigned ? signInSecretSetting : ''
  }
}

module appSettings 'appSettings.bicep' = {
  name: 'twinkey-app-settings'
  scope: group
  params: {
    appName: app.outputs.name
    clientId: isUserAssigned ? identity!.outputs.clientId : ''
    blobUrl: storage.outputs.blobUrl
    queueUrl: storage.outputs.queueUrl
    tableUrl: storage.outputs.tableUrl
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    settings: union(
      {
        TWINKEY_DEPLOYMENT: deployment
        TWINKEY_ACCOUNTS: join(concat(accounts, demoAccountIds), ',')
        TWINKEY_SUBSCRIPTIONS: join(subscriptions, ',')
        TWINKEY_VAULT_URL: vaultUrls[0]
        TWINKEY_ALLOWED_VAULT_URLS: join(skip(vaultUrls, 1), ',')
        TWINKEY_TOPIC_ENDPOINT: topic.outputs.endpoint
        TWINKEY_CLOUD: clouds[environment().name]
        TWINKEY_PLATFORM_AUTH: hasSignIn ? 'true' : 'false'
        TWINKEY_ALLOW_KEYLESS: allowKeyless ? 'true' : 'false'
        TWINKEY_QUEUE: 'twinkey-passes'
        TWINKEY_TICK_SCHEDULE: tickSchedule
        TWINKEY_DEFAULT_PERIOD: defaultPeriod
        TWINKEY_DEFAULT_OVERLAP: defaultOverlap
        TWINKEY_DEFAULT_WINDOW: defaultWindow
        TWINKEY_DEFAULT_SUBSCRIBERS: defaultSubscribers
        TWINKEY_DEFAULT_ACK: defaultAcknowledgement
        TWINKEY_DEFAULT_ACK_LIMIT: defaultAcknowledgementLimit
      },
      hasSignIn && isUserAssigned ? { '${signInSecretSetting}': identity!.outputs.clientId } : {},
      settings
    )
  }
  // What TWINKEY_PLATFORM_AUTH says has to be so before it is said.
  dependsOn: [authentication]
}

module roles 'roles.bicep' = {
  name: 'twinkey-roles-${token}'
  params: {
    deployment: deployment
    subscriptionIds: roleSubscriptions
    allowKeyless: allowKeyless
  }
}

var servicePrincipalId = isUserAssigned ? identity!.outputs.principalId : app.outputs.systemPrincipalId

module serviceAccess 'serviceAccess.bicep' = {
  name: 'twinkey-service-access'
  scope: group
  params: {
    principalId: servicePrincipalId
    storageName: storage.outputs.name
    topicName: topic.outputs.name
    applicationInsightsName: monitoring.outputs.name
  }
}

module vaultAccess 'vaultAccess.bicep' = [
  for id in vaultIds: {
    name: 'twinkey-vault-access-${uniqueString(id, token)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      vaultName: last(split(id, '/'))
      principalId: servicePrincipalId
      role: roles.outputs.vaultRole
    }
    dependsOn: [vault]
  }
]

module accountAccess 'accountAccess.bicep' = [
  for id in accounts: {
    name: 'twinkey-account-access-${uniqueString(id, token)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      accountName: last(split(id, '/'))
      principalId: servicePrincipalId
      roles: roles.outputs.accountRoles
    }
  }
]

module subscriptionAccess 'subscriptionAccess.bicep' = [
  for id in subscriptions: {
    name: 'twinkey-subscription-access-${uniqueString(id, token)}'
    scope: subscription(id)
    params: {
      principalId: servicePrincipalId
      roles: roles.outputs.accountRoles
    }
  }
]

module vaultEvents 'vaultEvents.bicep' = [
  for id in vaultIds: if (azureEvents) {
    name: 'twinkey-vault-events-${uniqueString(id, token)}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      name: suffix
      vaultName: last(split(id, '/'))
      appId: app.outputs.id
    }
    dependsOn: [vault, appSettings]
  }
]

module resourceEvents 'resourceEvents.bicep' = [
  for id in accountSubscriptions: if (azureEvents) {
    name: 'twinkey-resource-events-${uniqueString(id, token)}'
    scope: subscription(id)
    params: {
      name: suffix
      appId: app.outputs.id
    }
    dependsOn: [appSettings]
  }
]

module demonstration 'demo.bicep' = if (demo) {
  name: 'twinkey-demo'
  scope: group
  params: {
    accountName: demoAccountName
    storageName: 'stdemo${token}'
    location: location
    tags: allTags
    topicName: topic.outputs.name
    topicPrincipalId: topic.outputs.principalId
    principalId: principalId
  }
}

module demoAccess 'accountAccess.bicep' = if (demo) {
  name: 'twinkey-demo-access'
  scope: group
  params: {
    accountName: demonstration!.outputs.accountName
    principalId: servicePrincipalId
    roles: roles.outputs.accountRoles
  }
}

module alertRules 'alerts.bicep' = if (alerts) {
  name: 'twinkey-alerts'
  scope: group
  params: {
    namePrefix: suffix
    location: location
    tags: allTags
    applicationInsightsId: monitoring.outputs.id
    workspaceId: monitoring.outputs.workspaceId
    emails: listOf(alertEmails)
    actionGroupIds: listOf(alertActionGroupIds)
  }
}

module workbook 'workbook.bicep' = {
  name: 'twinkey-workbook'
  scope: group
  params: {
    displayName: 'Twinkey ${environmentName}'
    location: location
    tags: allTags
    applicationInsightsId: monitoring.outputs.id
  }
}

@description('Resource group of the deployment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app, for deploying the package.')
output TWINKEY_APP_NAME string = app.outputs.name

@description('Base URL of the HTTP API.')
output TWINKEY_URL string = app.outputs.apiUrl

@description('The page for operators.')
output TWINKEY_DASHBOARD string = '${app.outputs.apiUrl}/dashboard'

@description('The vault that holds the active keys.')
output TWINKEY_VAULT string = vaultUrls[0]

@description('Resource id of the topic, for the apps\' event subscriptions.')
output TWINKEY_TOPIC_ID string = topic.outputs.id

@description('Principal of the service\'s identity.')
output TWINKEY_PRINCIPAL_ID string = servicePrincipalId

@description('The address that the app reaches out from; empty without a NAT gateway.')
output TWINKEY_OUTBOUND_ADDRESS string = privateNetwork ? network!.outputs.outboundAddress : ''

@description('Resource id of the workbook.')
output TWINKEY_WORKBOOK_ID string = workbook.outputs.id

@description('Name of the demo account; empty without the demo.')
output TWINKEY_DEMO_ACCOUNT string = demo ? demonstration!.outputs.accountName : ''

@description('Name of the storage account with the demo\'s queue of events; empty without the demo.')
output TWINKEY_DEMO_STORAGE string = demo ? demonstration!.outputs.storageName : ''

@description('Name of the demo\'s queue of events; empty without the demo.')
output TWINKEY_DEMO_QUEUE string = demo ? demonstration!.outputs.queueName : ''
