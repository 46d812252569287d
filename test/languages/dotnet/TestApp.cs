using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Runtime.Serialization.Json;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using System.Xml;
using Twinkey;

/// <summary>
/// An app around the .NET example, with what the base library has in place of Azure.Identity and
/// Azure.Security.KeyVault.Secrets: the same requests by hand.
/// </summary>
internal static class TestApp
{
    private static readonly HttpClient Http = new HttpClient(TrustingHandler());

    private static int Main() => RunAsync().GetAwaiter().GetResult();

    private static async Task<int> RunAsync()
    {
        var vaultUrl = Setting("KEY_VAULT_URL");
        var secretName = Setting("KEY_SECRET_NAME");
        var acknowledger = new Acknowledger(
            Setting("TWINKEY_SUBSCRIBER"),
            Setting("TWINKEY_API_URL"),
            () => new Dictionary<string, string> { ["x-functions-key"] = Setting("TWINKEY_FUNCTION_KEY") },
            Console.WriteLine);
        var poll = double.Parse(Setting("KEY_POLL_SECONDS", "600"), CultureInfo.InvariantCulture);
        var key = new ActiveKey(cancellation => ReadSecretAsync(vaultUrl, secretName, cancellation), new ActiveKeyOptions
        {
            VaultUrl = vaultUrl,
            SecretName = secretName,
            PollInterval = TimeSpan.FromSeconds(poll),
            Acknowledger = acknowledger,
            Log = line =>
            {
                Console.WriteLine(line);
                if (Setting("FAULTY_LOG", "false") == "true") throw new InvalidOperationException("The log is broken.");
            },
        });
        try
        {
            await key.StartAsync();
        }
        catch (InvalidOperationException error)
        {
            Console.WriteLine(error.Message);
            return 1;
        }
        var followed = "";
        await key.FollowAsync(value => followed = value);
        var client = new HttpClient(new FreshKeyHandler(key, TrustingHandler()));
        var webhook = new KeyEventsWebhook(new[] { key }, Setting("EVENTS_CODE"));
        await ServeAsync(async context =>
        {
            if (context.Request.Url.AbsolutePath == "/events")
            {
                await TakeEventsAsync(webhook, context);
                return;
            }
            var status = await DetectLanguageAsync(client);
            // A follower has the key that Value has.
            context.Response.StatusCode = status == 401 || followed != key.Value ? 502 : status;
        });
        return 0;
    }

    private static async Task TakeEventsAsync(KeyEventsWebhook webhook, HttpListenerContext context)
    {
        var request = context.Request;
        var origin = request.Headers["WebHook-Request-Origin"];
        var answer = await webhook.AnswerAsync(request.HttpMethod, request.QueryString["code"], origin, request.InputStream);
        context.Response.StatusCode = answer.Status;
        foreach (var header in answer.Headers) context.Response.AddHeader(header.Key, header.Value);
    }

    private static async Task<int> DetectLanguageAsync(HttpClient client)
    {
        const string Documents = "{\"documents\":[{\"id\":\"1\",\"text\":\"Keys come and go.\"}]}";
        var url = Setting("AI_ENDPOINT") + "text/analytics/v3.1/languages";
        using (var response = await client.PostAsync(url, new StringContent(Documents, Encoding.UTF8, "application/json")))
        {
            return (int)response.StatusCode;
        }
    }

    private static async Task<SecretReading> ReadSecretAsync(string vaultUrl, string name, CancellationToken cancellation)
    {
        var tokenUrl = Setting("IDENTITY_ENDPOINT") + "?api-version=2019-08-01&resource=https://vault.azure.net";
        var token = await GetAsync(tokenUrl, "X-IDENTITY-HEADER", Setting("IDENTITY_HEADER"), cancellation);
        var secretUrl = $"{vaultUrl}/secrets/{name}?api-version=7.4";
        var secret = await GetAsync(secretUrl, "Authorization", "Bearer " + token["access_token"].InnerText, cancellation);
        var created = long.Parse(secret["attributes"]["created"].InnerText, CultureInfo.InvariantCulture);
        return new SecretReading(secret["value"].InnerText, DateTimeOffset.FromUnixTimeSeconds(created));
    }

    private static async Task<XmlElement> GetAsync(string url, string header, string value, CancellationToken cancellation)
    {
        using (var request = new HttpRequestMessage(HttpMethod.Get, url))
        {
            request.Headers.Add(header, value);
            using (var response = await Http.SendAsync(request, cancellation))
            {
                response.EnsureSuccessStatusCode();
                var document = new XmlDocument();
                var json = await response.Content.ReadAsByteArrayAsync();
                document.Load(JsonReaderWriterFactory.CreateJsonReader(json, new XmlDictionaryReaderQuotas()));
                return document.DocumentElement;
            }
        }
    }

    /// <summary>Trusts the simulated Azure's one certificate besides those that the machine trusts.</summary>
    private static HttpClientHandler TrustingHandler() => new HttpClientHandler
    {
        AllowAutoRedirect = false,
        ServerCertificateCustomValidationCallback = (_, certificate, __, problems) =>
        {
            if (problems == System.Net.Security.SslPolicyErrors.None) return true;
            using (var sha256 = SHA256.Create())
            {
                var digest = BitConverter.ToString(sha256.ComputeHash(certificate.RawData)).Replace("-", ":");
                return digest == Setting("SIMULATED_CERTIFICATE_SHA256");
            }
        },
    };

    private static async Task ServeAsync(Func<HttpListenerContext, Task> answer)
    {
        var listener = new HttpListener();
        var url = $"http://127.0.0.1:{FreePort()}";
        listener.Prefixes.Add(url + "/");
        listener.Start();
        Console.WriteLine("listening " + url);
        for (;;)
        {
            var context = await listener.GetContextAsync();
            _ = Task.Run(async () =>
            {
                try
                {
                    await answer(context);
                }
                catch (Exception error)
                {
                    Console.WriteLine(error);
                    context.Response.StatusCode = 500;
                }
                context.Response.Close();
            });
        }
    }

    /// <summary>HttpListener cannot choose one by itself.</summary>
    private static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }

    private static string Setting(string name, string otherwise = null) =>
        Environment.GetEnvironmentVariable(name) ?? otherwise ?? throw new InvalidOperationException($"{name} is not set.");
}
