import { describe, expect, it, vi } from 'vitest';
import { Recorder, type Sink } from '../../../shared/azure/telemetry/recorder.ts';
import {
  type Recorded,
  Recording,
  worthSending,
} from '../../../shared/azure/telemetry/recording.ts';
import type { TelemetryEntry } from '../../../shared/service/ports.ts';

const TICK: TelemetryEntry = {
  level: 'info',
  name: 'tick',
  accountId: undefined,
  reason: undefined,
  message: 'none is due',
  data: { sinceLastMs: 60_000 },
};

function givenRecorder(loadSink?: () => Promise<Sink>) {
  const sent: Recorded[] = [];
  const warnings: string[] = [];
  let now = 0;
  const sink = { send: (recorded: Recorded) => void sent.push(recorded), flush: async () => {} };
  const load = vi.fn(loadSink ?? (async () => sink));
  const recorder = new Recorder(
    load,
    (message) => void warnings.push(message),
    () => now,
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { recorder, sent, warnings, load, pass };
}

describe('the recorder', () => {
  it('loads what sends only after the first invocation has answered', async () => {
    const { recorder, sent, load } = givenRecorder();
    const answer = await recorder.record('tick', undefined, async () => {
      recorder.telemetry.record(TICK);
      return 'answer';
    });
    expect(answer).toBe('answer');
    expect(load).not.toHaveBeenCalled();
    await recorder.flush();
    expect(sent[0]?.measurements).toEqual([
      { metric: 'twinkey.tick.age', value: 60, dimensions: {} },
    ]);
    await recorder.record('tick', undefined, async () => {});
    expect(sent).toHaveLength(2);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('sends what a failed invocation left, marked so, and lets the error through', async () => {
    const { recorder, sent } = givenRecorder();
    const failing = recorder.record('pass', '00-trace', () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
    await recorder.flush();
    expect(sent[0]).toMatchObject({
      traceParent: '00-trace',
      spans: [{ name: 'pass', failed: true }],
    });
  });

  it('keeps invocations that run beside each other apart', async () => {
    const { recorder, sent } = givenRecorder();
    await Promise.all(
      ['one', 'other'].map((name) =>
        recorder.record(name, undefined, async () => {
          await Promise.resolve();
          recorder.startSpan(`call of ${name}`, 'client')?.end();
        }),
      ),
    );
    await recorder.flush();
    const names = sent.map(({ spans }) => spans.map(({ name }) => name));
    expect(names).toEqual([
      ['one', 'call of one'],
      ['other', 'call of other'],
    ]);
  });

  it('puts a call below the work that it is part of', async () => {
    const { recorder, sent } = givenRecorder();
    await recorder.record('pass', undefined, () => {
      const operation = recorder.startSpan('getSecret', 'internal');
      recorder.within(operation?.span, () => recorder.startSpan('GET', 'client')?.end());
    });
    await recorder.flush();
    expect(sent[0]?.spans.map(({ name, parent }) => [name, parent?.name])).toEqual([
      ['pass', undefined],
      ['getSecret', 'pass'],
      ['GET', 'getSecret'],
    ]);
  });

  it('ends what was given up with its invocation, and ignores its end after that', async () => {
    const { recorder, sent, pass } = givenRecorder();
    const abandoned = await recorder.record('pass', undefined, () => {
      pass(5);
      const span = recorder.startSpan('GET', 'client');
      pass(20);
      return span;
    });
    pass(1_000);
    abandoned?.end();
    await recorder.flush();
    expect(sent[0]?.spans.map(({ startedAt, endedAt }) => [startedAt, endedAt])).toEqual([
      [0, 25],
      [5, 25],
    ]);
  });

  it('counts a call that was throttled, by host', async () => {
    const { recorder, sent } = givenRecorder();
    await recorder.record('pass', undefined, () => {
      for (const status of [200, 429]) {
        const handle = recorder.startSpan('GET', 'client');
        if (!handle) throw new Error('expected a span within an invocation');
        handle.span.attributes['http.url'] = 'https://my-vault.vault.azure.net/secrets/a';
        handle.span.attributes['http.status_code'] = status;
        handle.end();
      }
    });
    await recorder.flush();
    const host = 'my-vault.vault.azure.net';
    expect(sent[0]?.measurements).toEqual([
      { metric: 'twinkey.calls.throttled', value: 1, dimensions: { host } },
    ]);
  });

  it('records nothing outside of an invocation', async () => {
    const { recorder, sent } = givenRecorder();
    recorder.telemetry.record(TICK);
    expect(recorder.startSpan('GET', 'client')).toBeUndefined();
    await recorder.flush();
    expect(sent).toEqual([]);
  });

  it('warns once when it cannot be started, and stops nothing', async () => {
    const { recorder, warnings } = givenRecorder(() => Promise.reject(new Error('no such module')));
    for (let count = 0; count < 3; count++) {
      await expect(recorder.record('tick', undefined, () => 'done')).resolves.toBe('done');
      await recorder.flush();
    }
    expect(warnings).toEqual(['Telemetry is off, as it could not be started: no such module']);
  });

  it('warns once when nothing can be sent, and stops nothing', async () => {
    const broken = {
      send: () => {
        throw new Error('no such key');
      },
      flush: () => Promise.reject(new Error('no such key')),
    };
    const { recorder, warnings } = givenRecorder(async () => broken);
    for (let count = 0; count < 3; count++) {
      await expect(recorder.record('tick', undefined, () => 'done')).resolves.toBe('done');
      await recorder.flush();
    }
    expect(warnings).toEqual(['Telemetry is off, as it could not be sent: no such key']);
  });

  it('holds the end of the process up for five seconds at most', async () => {
    vi.useFakeTimers();
    try {
      const silent = { send: () => {}, flush: () => new Promise<never>(() => {}) };
      const { recorder } = givenRecorder(async () => silent);
      await recorder.record('tick', undefined, () => {});
      let ended = false;
      const flushed = recorder.flush().then(() => {
        ended = true;
      });
      await vi.advanceTimersByTimeAsync(4_999);
      expect(ended).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await flushed;
    } finally {
      vi.useRealTimers();
    }
  });

  it('loads nothing at the end of a process that had nothing to record', async () => {
    const { recorder, load } = givenRecorder();
    await recorder.flush();
    expect(load).not.toHaveBeenCalled();
  });

  it('keeps a bounded part of what happens before it can send', async () => {
    let loaded: (sink: Sink) => void = () => {};
    const loading = new Promise<Sink>((resolve) => {
      loaded = resolve;
    });
    const sent: Recorded[] = [];
    const { recorder } = givenRecorder(() => loading);
    for (let count = 0; count < 300; count++) await recorder.record('tick', undefined, () => {});
    const flushed = recorder.flush();
    loaded({ send: (recorded) => void sent.push(recorded), flush: async () => {} });
    await flushed;
    expect(sent).toHaveLength(100);
  });

  it('keeps a bounded part of an invocation that makes calls without end', async () => {
    const { recorder, sent } = givenRecorder();
    await recorder.record('tick', undefined, () => {
      for (let count = 0; count < 5_000; count++) recorder.startSpan('GET', 'client')?.end();
    });
    await recorder.flush();
    expect(sent[0]?.spans).toHaveLength(2_000);
  });
});

describe('what is sent', () => {
  const event = { name: 'Twinkey.Step', dimensions: {} };
  const throttled = { metric: 'twinkey.calls.throttled', value: 1, dimensions: {} } as const;
  const age = { metric: 'twinkey.tick.age', value: 60, dimensions: {} } as const;

  it('has no trace of a look that found nothing to do, but its figures', () => {
    const recording = new Recording('pass', undefined, () => 0);
    recording.add({ events: [], measurements: [age] }, recording.root);
    expect(worthSending(recording.close())).toMatchObject({ spans: [], measurements: [age] });
  });

  it.each([
    ['a step was taken', { events: [event], measurements: [] }],
    ['Azure throttled', { events: [], measurements: [throttled] }],
  ])('has the trace where %s', (_, measured) => {
    const recording = new Recording('pass', undefined, () => 0);
    recording.add(measured, recording.root);
    expect(worthSending(recording.close()).spans).toHaveLength(1);
  });

  it('has the trace of an invocation that failed', () => {
    const recording = new Recording('pass', undefined, () => 0);
    recording.root.failed = true;
    expect(worthSending(recording.close()).spans).toHaveLength(1);
  });
});
