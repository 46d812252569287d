using System;

namespace Twinkey
{
    /// <summary>Where the key is kept, and who is told of it.</summary>
    public sealed class ActiveKeyOptions
    {
        public string VaultUrl { get; set; }

        public string SecretName { get; set; }

        public TimeSpan PollInterval { get; set; } = ActiveKey.DefaultPollInterval;

        /// <summary>Null: the app is not listed as a subscriber.</summary>
        public Acknowledger Acknowledger { get; set; }

        /// <summary>Told what happens in the background. Never gets a key.</summary>
        public Action<string> Log { get; set; } = _ => { };
    }
}
