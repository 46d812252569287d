using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using System.Xml;

namespace Twinkey
{
    /// <summary>What to answer a caller of the webhook; there is no body.</summary>
    public sealed class WebhookAnswer
    {
        public WebhookAnswer(int status) => Status = status;

        public int Status { get; }

        public Dictionary<string, string> Headers { get; } = new Dictionary<string, string>();
    }

    /// <summary>
    /// The endpoint of an Event Grid subscription in CloudEvents 1.0 form, for whatever serves HTTP: answers the
    /// validation handshake and passes every event on. 503 makes Event Grid send the events again.
    /// </summary>
    public sealed class KeyEventsWebhook
    {
        /// <summary>Event Grid sends at most 1 MB.</summary>
        private const int BodyLimitBytes = 1048576;

        private readonly IReadOnlyList<ActiveKey> keys;
        private readonly string code;

        /// <param name="code">What `code` in the query of the subscription's URL has to be.</param>
        public KeyEventsWebhook(IEnumerable<ActiveKey> keys, string code)
        {
            this.keys = keys.ToList();
            this.code = code;
        }

        /// <param name="origin">The header WebHook-Request-Origin, null if there is none.</param>
        public async Task<WebhookAnswer> AnswerAsync(string method, string code, string origin, Stream body)
        {
            if (!IsSame(code ?? "", this.code)) return new WebhookAnswer(401);
            if (method == "OPTIONS") return AnswerHandshake(origin);
            if (method != "POST") return new WebhookAnswer(405) { Headers = { ["Allow"] = "OPTIONS, POST" } };
            var bytes = await ReadAsync(body).ConfigureAwait(false);
            if (bytes == null) return new WebhookAnswer(413);
            try
            {
                return new WebhookAnswer(await HandleAsync(KeyEvent.Parse(bytes)).ConfigureAwait(false) ? 200 : 503);
            }
            catch (XmlException)
            {
                return new WebhookAnswer(400);
            }
        }

        private async Task<bool> HandleAsync(IReadOnlyList<KeyEvent> events)
        {
            var allDone = true;
            foreach (var keyEvent in events)
            {
                foreach (var key in keys)
                {
                    var outcome = await key.HandleEventAsync(keyEvent).ConfigureAwait(false);
                    allDone = allDone && outcome != EventOutcome.Failed;
                }
            }
            return allDone;
        }

        /// <summary>CloudEvents "HTTP 1.1 Web Hooks", section 4: abuse protection.</summary>
        private static WebhookAnswer AnswerHandshake(string origin)
        {
            if (string.IsNullOrEmpty(origin)) return new WebhookAnswer(400);
            return new WebhookAnswer(200)
            {
                Headers =
                {
                    ["Allow"] = "OPTIONS, POST",
                    ["WebHook-Allowed-Origin"] = origin,
                    ["WebHook-Allowed-Rate"] = "*",
                },
            };
        }

        /// <summary>Null when the body is longer than Event Grid's longest.</summary>
        private static async Task<byte[]> ReadAsync(Stream body)
        {
            var all = new MemoryStream();
            var part = new byte[16384];
            for (;;)
            {
                var count = await body.ReadAsync(part, 0, part.Length).ConfigureAwait(false);
                if (count == 0) return all.ToArray();
                if (all.Length + count > BodyLimitBytes) return null;
                all.Write(part, 0, count);
            }
        }

        /// <summary>Compares digests, so that the time it takes tells nothing.</summary>
        private static bool IsSame(string one, string other)
        {
            using (var sha256 = SHA256.Create())
            {
                var digest = sha256.ComputeHash(Encoding.UTF8.GetBytes(one));
                return digest.SequenceEqual(sha256.ComputeHash(Encoding.UTF8.GetBytes(other)));
            }
        }
    }
}
