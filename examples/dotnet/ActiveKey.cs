using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Twinkey
{
    /// <summary>
    /// A key that follows its Key Vault secret while Twinkey rotates it. Needs the base library only (.NET
    /// Standard 2.0); safe to use from any number of threads. Once loaded it outlives any outage of Key Vault on
    /// the key it has.
    /// </summary>
    public sealed class ActiveKey : IDisposable
    {
        public static readonly TimeSpan DefaultPollInterval = TimeSpan.FromMinutes(10);

        /// <summary>How often the vault is read until it shows the key that an event announces.</summary>
        private const int CatchUpLimit = 3;

        /// <summary>An event waits for the read; Event Grid waits 30 seconds for the answer.</summary>
        private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(8);

        /// <summary>However many requests are refused, the secret is not read more often because of them.</summary>
        private static readonly TimeSpan RefusalInterval = TimeSpan.FromSeconds(1);

        private readonly Func<CancellationToken, Task<SecretReading>> readSecret;
        private readonly ActiveKeyOptions options;
        private readonly HandledEvents handled = new HandledEvents();
        private readonly List<Action<string>> followers = new List<Action<string>>();
        private readonly SemaphoreSlim reading = new SemaphoreSlim(1);
        private readonly CancellationTokenSource closing = new CancellationTokenSource();
        private volatile string current;
        private volatile Exception lastError;
        private DateTimeOffset? createdOn;
        private string refused;
        private int readsBegun;
        private long? lookedUpAt;

        /// <param name="readSecret">Reads the secret's newest version.</param>
        public ActiveKey(Func<CancellationToken, Task<SecretReading>> readSecret, ActiveKeyOptions options)
        {
            this.readSecret = readSecret;
            this.options = options;
        }

        /// <summary>The key to use for the next request.</summary>
        public string Value =>
            current ?? throw new InvalidOperationException("The key is not loaded: await StartAsync() first.");

        /// <summary>First 12 hex digits of the key's SHA-256, safe to log. Null until the first load.</summary>
        public string Fingerprint => current == null ? null : FingerprintOf(current);

        /// <summary>
        /// Loads the key and begins the slow poll, which goes on even if this throws the read's exception.
        /// </summary>
        public async Task StartAsync()
        {
            _ = Task.Run(PollAsync);
            if (!await ReloadAsync("start").ConfigureAwait(false))
            {
                throw new InvalidOperationException($"Secret {options.SecretName} could not be read.", lastError);
            }
        }

        /// <summary>Ends polling and acknowledging. The key at hand stays usable.</summary>
        public void Dispose()
        {
            closing.Cancel();
            options.Acknowledger?.Dispose();
        }

        /// <summary>Hands each new key to <paramref name="follower"/>, and the present one at once.</summary>
        public async Task FollowAsync(Action<string> follower)
        {
            await reading.WaitAsync().ConfigureAwait(false);
            try
            {
                follower(Value);
                followers.Add(follower);
            }
            finally
            {
                reading.Release();
            }
        }

        /// <summary>
        /// Reads the secret. False when that failed; the key at hand stays. Whoever asks gets a read that begins
        /// after they asked, shared with all who asked meanwhile: one that is under way may have got its answer
        /// before the event that makes them ask.
        /// </summary>
        public async Task<bool> ReloadAsync(string reason)
        {
            var askedAt = Volatile.Read(ref readsBegun);
            await reading.WaitAsync().ConfigureAwait(false);
            try
            {
                if (readsBegun == askedAt) await ReadAsync(reason).ConfigureAwait(false);
                return lastError == null;
            }
            finally
            {
                reading.Release();
            }
        }

        /// <summary>
        /// To be called when a service refused <paramref name="value"/> (401). True: there is another key by now,
        /// and the request is worth repeating.
        /// </summary>
        public async Task<bool> ReplaceRefusedAsync(string value)
        {
            // What the first one finds answers for all who wait here.
            await reading.WaitAsync().ConfigureAwait(false);
            try
            {
                var now = Stopwatch.GetTimestamp();
                var isDue = lookedUpAt == null || now - lookedUpAt >= RefusalInterval.TotalSeconds * Stopwatch.Frequency;
                if (current == value && isDue)
                {
                    lookedUpAt = now;
                    refused = value;
                    await ReadAsync("refused").ConfigureAwait(false);
                }
                return current != null && current != value;
            }
            finally
            {
                reading.Release();
            }
        }

        /// <summary>
        /// Takes an event: reloads if it announces another key in this very secret, and acknowledges in the
        /// background. Nothing of an event is believed beyond "look again": the key is read from the configured
        /// secret.
        /// </summary>
        public async Task<EventOutcome> HandleEventAsync(KeyEvent keyEvent)
        {
            if (closing.IsCancellationRequested || !keyEvent.IsAbout(options.VaultUrl, options.SecretName))
            {
                return EventOutcome.Ignored;
            }
            if (handled.Contains(keyEvent.Key)) return EventOutcome.Duplicate;
            if (!await CatchUpAsync(keyEvent).ConfigureAwait(false)) return EventOutcome.Failed;
            handled.Add(keyEvent.Key);
            if (Fingerprint == keyEvent.Fingerprint && keyEvent.AcknowledgeUrl != null)
            {
                options.Acknowledger?.Acknowledge(keyEvent.AcknowledgeUrl, keyEvent.Fingerprint);
            }
            return EventOutcome.Handled;
        }

        /// <summary>
        /// Reads until the announced key is there. Giving up is no failure: the event may be older than the key at
        /// hand, and if the vault is behind, the next reminder or poll finds out.
        /// </summary>
        private async Task<bool> CatchUpAsync(KeyEvent announced)
        {
            for (var attempt = 0; attempt < CatchUpLimit && Fingerprint != announced.Fingerprint; attempt++)
            {
                if (attempt > 0) await Task.Delay(TimeSpan.FromSeconds(attempt)).ConfigureAwait(false);
                if (!await ReloadAsync(announced.Type).ConfigureAwait(false)) return false;
            }
            return true;
        }

        private async Task ReadAsync(string reason)
        {
            Interlocked.Increment(ref readsBegun);
            string value;
            try
            {
                SecretReading reading;
                using (var timeout = new CancellationTokenSource(ReadTimeout))
                {
                    reading = await readSecret(timeout.Token).ConfigureAwait(false);
                }
                value = reading.Value;
                if (string.IsNullOrEmpty(value)) throw new InvalidOperationException("The secret's value is empty.");
                if (value != current && IsOlder(reading))
                {
                    throw new InvalidOperationException(
                        $"found a version of {reading.CreatedOn:u}, older than ours of {createdOn:u}");
                }
                createdOn = reading.CreatedOn;
                lastError = null;
            }
            catch (Exception error) // Whatever it is, the app goes on with the key it has.
            {
                lastError = error;
                Tell($"The key in {options.SecretName} could not be read ({reason}): {error.Message}");
                return;
            }
            if (value == current) return;
            // First they, then Value: whoever was refused with the key of Value was not ahead of them.
            foreach (var follower in followers) TryHandTo(follower, value);
            current = value;
            Tell($"Key {Fingerprint} is in use ({reason}).");
        }

        /// <summary>
        /// A replica of the vault may lag behind. Only in place of a refused key is an older one worth a try: the
        /// secret may have been restored.
        /// </summary>
        private bool IsOlder(SecretReading reading) => current != refused && reading.CreatedOn < createdOn;

        /// <summary>A log that throws must not end the poll, nor keep anybody from the key.</summary>
        private void Tell(string line)
        {
            try
            {
                options.Log(line);
            }
            catch (Exception)
            {
                // There is nobody left to tell.
            }
        }

        /// <summary>One client's fault must not keep the others from their key.</summary>
        private void TryHandTo(Action<string> follower, string value)
        {
            try
            {
                follower(value);
            }
            catch (Exception error)
            {
                Tell($"A follower did not take key {FingerprintOf(value)}: {error.Message}");
            }
        }

        /// <summary>
        /// The safety net behind the events; ±10 %, so that a fleet does not ask the vault in step, and sooner
        /// after a failed read.
        /// </summary>
        private async Task PollAsync()
        {
            var random = new Random();
            for (var failures = 0; ; )
            {
                var seconds = options.PollInterval.TotalSeconds;
                if (failures > 0) seconds = Math.Min(seconds, Math.Pow(2, failures - 1));
                var pause = TimeSpan.FromSeconds(seconds * (0.9 + 0.2 * random.NextDouble()));
                await Task.Delay(pause, closing.Token).ConfigureAwait(false);
                failures = await ReloadAsync("poll").ConfigureAwait(false) ? 0 : failures + 1;
            }
        }

        private static string FingerprintOf(string value)
        {
            using (var sha256 = SHA256.Create())
            {
                var hash = sha256.ComputeHash(Encoding.UTF8.GetBytes(value));
                return BitConverter.ToString(hash, 0, 6).Replace("-", "").ToLowerInvariant();
            }
        }
    }
}
