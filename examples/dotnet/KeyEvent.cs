using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Serialization.Json;
using System.Xml;

namespace Twinkey
{
    /// <summary>What one of Twinkey's events says that matters to an app.</summary>
    public sealed class KeyEvent
    {
        private const string Retired = "Twinkey.KeyRetired.v1";

        /// <summary>The last one is for whoever missed the other two: the key at hand is dead by then.</summary>
        private static readonly string[] Types = { "Twinkey.KeyActivated.v1", "Twinkey.KeyRetiring.v1", Retired };

        private string vaultUri;
        private string secretName;

        /// <summary>
        /// The same for every copy of an event and nothing else: a forged one ahead of it is no original.
        /// </summary>
        public string Key { get; private set; }

        public string Type { get; private set; }

        public string Fingerprint { get; private set; }

        /// <summary>Null when there is nothing to acknowledge.</summary>
        public string AcknowledgeUrl { get; private set; }

        public bool IsAbout(string vaultUrl, string name) =>
            Normalize(vaultUri) == Normalize(vaultUrl) &&
            string.Equals(secretName, name, StringComparison.OrdinalIgnoreCase);

        /// <summary>
        /// The events about keys in a request's body, a CloudEvent or an array of them; others are left out.
        /// The base library reads JSON as XML, whichever .NET it is.
        /// </summary>
        /// <exception cref="XmlException">The body is not JSON, or nested too deeply.</exception>
        public static IReadOnlyList<KeyEvent> Parse(byte[] json)
        {
            var document = new XmlDocument();
            using (var reader = JsonReaderWriterFactory.CreateJsonReader(json, new XmlDictionaryReaderQuotas()))
            {
                document.Load(reader);
            }
            var root = document.DocumentElement;
            var events = root.GetAttribute("type") == "array" ? root.ChildNodes.OfType<XmlElement>() : new[] { root };
            return events.Select(From).Where(keyEvent => keyEvent != null).ToList();
        }

        private static KeyEvent From(XmlElement json)
        {
            var data = json["data"];
            var type = Text(json, "type");
            var url = Text(data, "acknowledgeUrl");
            var keyEvent = new KeyEvent
            {
                Key = string.Join("\n", Text(json, "source"), Text(json, "id"), type, Text(data, "fingerprint"), url),
                Type = type,
                Fingerprint = Text(data, "fingerprint"),
                AcknowledgeUrl = type == Retired ? null : url,
                vaultUri = Text(data, "vaultUri"),
                secretName = Text(data, "secretName"),
            };
            var names = new[] { Text(json, "source"), Text(json, "id"), keyEvent.Fingerprint, keyEvent.vaultUri, keyEvent.secretName };
            return Types.Contains(type) && names.All(name => name != null) ? keyEvent : null;
        }

        /// <summary>Null unless the member is there and a string.</summary>
        private static string Text(XmlElement json, string name)
        {
            var member = json?[name];
            return member?.GetAttribute("type") == "string" ? member.InnerText : null;
        }

        private static string Normalize(string url) => url.ToLowerInvariant().TrimEnd('/');
    }
}
