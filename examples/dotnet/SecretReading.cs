using System;

namespace Twinkey
{
    /// <summary>What the vault says is a secret's newest version.</summary>
    public sealed class SecretReading
    {
        public SecretReading(string value, DateTimeOffset? createdOn)
        {
            Value = value;
            CreatedOn = createdOn;
        }

        public string Value { get; }

        /// <summary>By the vault's clock; null when it does not say.</summary>
        public DateTimeOffset? CreatedOn { get; }
    }
}
