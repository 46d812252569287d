using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Azure;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace Twinkey
{
    /// <summary>The key of one account, read with Azure's own packages and a managed identity.</summary>
    public static class AzureSetup
    {
        // region reader
        public static async Task<ActiveKey> StartKeyAsync(Func<string, string> setting, Action<string> log)
        {
            var vaultUrl = setting("KEY_VAULT_URL");
            var secretName = setting("KEY_SECRET_NAME");
            var secrets = new SecretClient(new Uri(vaultUrl), new ManagedIdentityCredential(setting("AZURE_CLIENT_ID")));
            var key = new ActiveKey(
                async cancellation =>
                {
                    KeyVaultSecret secret = await secrets.GetSecretAsync(secretName, cancellationToken: cancellation);
                    return new SecretReading(secret.Value, secret.Properties.CreatedOn);
                },
                new ActiveKeyOptions
                {
                    VaultUrl = vaultUrl,
                    SecretName = secretName,
                    Log = log,
                    Acknowledger = new Acknowledger(
                        setting("TWINKEY_SUBSCRIBER"),
                        setting("TWINKEY_API_URL"),
                        () => new Dictionary<string, string> { ["x-functions-key"] = setting("TWINKEY_FUNCTION_KEY") },
                        log),
                });
            await key.StartAsync();
            return key;
        }
        // endregion

        // region credential
        /// <summary>
        /// For official clients: they read the credential's key at each request, so that one update reaches all of
        /// them. For HttpClient there is FreshKeyHandler.
        /// </summary>
        public static async Task<AzureKeyCredential> CredentialForAsync(ActiveKey key)
        {
            var credential = new AzureKeyCredential(key.Value);
            await key.FollowAsync(credential.Update);
            return credential;
        }
        // endregion
    }
}
