using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace Twinkey
{
    /// <summary>
    /// Puts the key at hand on every request. When the service refuses it (401), the key is reloaded once and, if
    /// there is another one by then, the request is repeated once.
    /// </summary>
    public sealed class FreshKeyHandler : DelegatingHandler
    {
        private const string KeyHeader = "Ocp-Apim-Subscription-Key";

        private readonly ActiveKey key;

        /// <param name="inner">
        /// Must not follow redirects: they would carry the key to wherever they lead.
        /// </param>
        public FreshKeyHandler(ActiveKey key, HttpMessageHandler inner)
            : base(inner)
        {
            this.key = key;
        }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken)
        {
            // What was sent is gone: the repetition needs a body of its own.
            var body = request.Content == null ? null : await request.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            var used = key.Value;
            var response = await SendWithAsync(used, request, body, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Unauthorized) return response;
            if (!await key.ReplaceRefusedAsync(used).ConfigureAwait(false)) return response;
            response.Dispose();
            return await SendWithAsync(key.Value, request, body, cancellationToken).ConfigureAwait(false);
        }

        private Task<HttpResponseMessage> SendWithAsync(
            string value,
            HttpRequestMessage original,
            byte[] body,
            CancellationToken cancellationToken)
        {
            var request = new HttpRequestMessage(original.Method, original.RequestUri) { Version = original.Version };
            foreach (var header in original.Headers) request.Headers.TryAddWithoutValidation(header.Key, header.Value);
            request.Headers.Remove(KeyHeader);
            request.Headers.Add(KeyHeader, value);
            if (body != null)
            {
                request.Content = new ByteArrayContent(body);
                foreach (var header in original.Content.Headers)
                {
                    request.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
                }
            }
            return base.SendAsync(request, cancellationToken);
        }
    }
}
