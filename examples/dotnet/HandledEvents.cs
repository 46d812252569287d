using System.Collections.Generic;

namespace Twinkey
{
    /// <summary>What became of an event. Failed: the vault could not be read, have the event sent again.</summary>
    public enum EventOutcome
    {
        Handled,
        Duplicate,
        Ignored,
        Failed,
    }

    /// <summary>Remembers which events were handled, so that a copy changes nothing.</summary>
    public sealed class HandledEvents
    {
        private const int Limit = 1000;
        private readonly HashSet<string> keys = new HashSet<string>();
        private readonly Queue<string> order = new Queue<string>();

        public bool Contains(string key)
        {
            lock (keys) return keys.Contains(key);
        }

        public void Add(string key)
        {
            lock (keys)
            {
                if (!keys.Add(key)) return;
                order.Enqueue(key);
                if (order.Count > Limit) keys.Remove(order.Dequeue());
            }
        }
    }
}
