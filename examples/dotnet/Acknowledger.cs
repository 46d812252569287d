using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

namespace Twinkey
{
    /// <summary>Tells Twinkey in the background that this app uses the new key.</summary>
    public sealed class Acknowledger : IDisposable
    {
        private const int AttemptLimit = 8;
        private const double BackoffCeilingSeconds = 60;

        /// <summary>Each secret has one rotation at a time; more than this is a flood.</summary>
        private const int UnderWayLimit = 8;

        /// <summary>The one resource of the API that takes acknowledgements.</summary>
        private static readonly Regex Path = new Regex(
            @"\Aaccounts(/[A-Za-z0-9_.~%()!*'-]+){3}/rotations/[A-Za-z0-9_.~%-]+/acks\z");

        // Redirects are not followed: the function key must not travel to wherever they lead.
        private readonly HttpClient http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
        {
            Timeout = TimeSpan.FromSeconds(10),
        };
        private readonly ConcurrentDictionary<string, bool> underWay = new ConcurrentDictionary<string, bool>();
        private readonly CancellationTokenSource closing = new CancellationTokenSource();
        private readonly string subscriber;
        private readonly string apiUrl;
        private readonly Func<IReadOnlyDictionary<string, string>> headers;
        private readonly Action<string> log;

        /// <param name="subscriber">The app's name, as the account's key-rotation-subscribers tag lists it.</param>
        /// <param name="apiUrl">
        /// Base URL of the service's HTTP API. An event's URL is used only below it: whoever can send an event
        /// must not get the headers sent elsewhere.
        /// </param>
        /// <param name="headers">What the API asks for, e.g. x-functions-key.</param>
        public Acknowledger(
            string subscriber,
            string apiUrl,
            Func<IReadOnlyDictionary<string, string>> headers,
            Action<string> log)
        {
            this.subscriber = subscriber;
            this.apiUrl = apiUrl.TrimEnd('/') + "/";
            this.headers = headers;
            this.log = log;
        }

        public void Dispose()
        {
            closing.Cancel();
            http.Dispose();
        }

        /// <summary>Returns at once. An acknowledgement that is lost gets another chance by a reminder.</summary>
        public void Acknowledge(string url, string fingerprint)
        {
            if (!IsOurs(url))
            {
                log($"Expected an acknowledgeUrl below {apiUrl}, found {url}.");
                return;
            }
            // One that is under way says the same.
            if (underWay.Count < UnderWayLimit && underWay.TryAdd(url, true))
            {
                _ = Task.Run(() => SendAsync(url, fingerprint));
            }
        }

        /// <summary>Compares text, not parsed parts, so that no two parsers can disagree.</summary>
        private bool IsOurs(string url)
        {
            if (!url.StartsWith(apiUrl, StringComparison.Ordinal)) return false;
            var path = url.Substring(apiUrl.Length);
            var climbs = path.Split('/').Select(Uri.UnescapeDataString).Any(segment => segment == "." || segment == "..");
            return Path.IsMatch(path) && !climbs;
        }

        private async Task SendAsync(string url, string fingerprint)
        {
            try
            {
                await RepeatAsync(() => PostAsync(url, fingerprint)).ConfigureAwait(false);
                log($"Key {fingerprint} is acknowledged.");
            }
            catch (Exception error)
            {
                log($"Key {fingerprint} is not acknowledged: {error.Message}");
            }
            finally
            {
                underWay.TryRemove(url, out _);
            }
        }

        /// <summary>With backoff, about two minutes in all, while the service is busy or away.</summary>
        private async Task RepeatAsync(Func<Task<int>> post)
        {
            for (var attempt = 1; ; attempt++)
            {
                string problem;
                try
                {
                    var status = await post().ConfigureAwait(false);
                    if (status >= 200 && status < 300) return;
                    problem = $"the service answered {status}";
                    if (status < 500 && status != 408 && status != 429) throw new InvalidOperationException(problem);
                }
                catch (Exception error) when (error is HttpRequestException || error is TaskCanceledException)
                {
                    problem = error.Message;
                }
                if (attempt == AttemptLimit) throw new TimeoutException(problem);
                var seconds = Math.Min(BackoffCeilingSeconds, Math.Pow(2, attempt - 1));
                await Task.Delay(TimeSpan.FromSeconds(seconds), closing.Token).ConfigureAwait(false);
            }
        }

        private async Task<int> PostAsync(string url, string fingerprint)
        {
            using (var request = new HttpRequestMessage(HttpMethod.Post, url))
            {
                foreach (var header in headers()) request.Headers.Add(header.Key, header.Value);
                // Neither needs escaping: hex digits, and a name of letters, digits, dots, dashes, underscores.
                var body = $"{{\"subscriber\":\"{subscriber}\",\"fingerprint\":\"{fingerprint}\"}}";
                request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                using (var response = await http.SendAsync(request).ConfigureAwait(false))
                {
                    return (int)response.StatusCode;
                }
            }
        }
    }
}
