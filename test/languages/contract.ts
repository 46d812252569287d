import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EVENT_TYPES } from '../../shared/core/events.ts';
import type { AppCommand } from './appProcess.ts';
import type { KeyEvent } from './keyEvent.ts';
import { EVENTS_CODE, FUNCTION_KEY, type Scene, SUBSCRIBER, startScene } from './scene.ts';

/** Long enough for nothing to be read by the poll while a test runs. */
const NO_POLL = { KEY_POLL_SECONDS: '3600' };

/** What an app has to do to live through rotations, in whatever language. */
export function describeApp(language: string, command: AppCommand): void {
  describe(`the ${language} app, told by events`, () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await startScene(command, NO_POLL);
    });
    afterEach(() => scene.azure.model.faults.clear());
    afterAll(() => scene?.stop());

    /** Delivers an event that has to be acknowledged, and waits for that. */
    const acknowledgeOnce = async () => {
      const event = scene.event();
      const expected = scene.api.received.length + 1;
      expect(await scene.deliver(event)).toBe(200);
      await scene.api.untilReceived(expected);
      return event;
    };

    it('agrees to the handshake, and Event Grid delivers the new key to it', async () => {
      const { azure, api, app } = scene;
      const endpoint = `${app.url}/events?code=${EVENTS_CODE}`;
      expect(await azure.subscribe({ name: 'app', endpoint })).toBe(true);
      expect(await scene.use()).toBe(200);
      scene.publish();
      const event = scene.event();
      azure.model.topic.accept([event]);
      await api.untilReceived(1);
      azure.model.topic.unsubscribe('app');
      scene.retire();
      expect(await scene.use()).toBe(200);
      expect(scene.counts()).toEqual({ reads: 2, refused: 0 });
      expect(api.received).toEqual([
        {
          path: `POST ${pathOf(event)}`,
          functionKey: FUNCTION_KEY,
          subscriber: SUBSCRIBER,
          fingerprint: fingerprintOf(event),
        },
      ]);
    });

    it.each([
      ['OPTIONS', ''],
      ['POST', '?code=wrong'],
    ])('refuses %s of a caller without the code', async (method, query) => {
      scene.publish();
      const { reads } = scene.counts();
      const body = method === 'POST' ? JSON.stringify(scene.event()) : null;
      const headers = { 'webhook-request-origin': 'eventgrid.azure.net' };
      const response = await fetch(`${scene.app.url}/events${query}`, { method, headers, body });
      expect(response.status).toBe(401);
      expect(response.headers.get('webhook-allowed-origin')).toBeNull();
      expect(scene.counts().reads).toBe(reads);
    });

    it.each([
      ['what is not JSON', '{', 400],
      ['what nests too deeply', '['.repeat(100_000), 400],
      ['more than a megabyte', `"${'x'.repeat(1_048_576)}"`, 413],
      ['what is not an event', '[null, 1, "x", {}, {"data": 1}, {"type": 1, "data": {}}]', 200],
    ])('bears %s', async (_what, body, status) => {
      const { reads } = scene.counts();
      expect(await scene.deliver(body)).toBe(status);
      expect(scene.counts().reads).toBe(reads);
    });

    it('takes a batch, and reads once for copies of one event', async () => {
      scene.publish();
      const { reads } = scene.counts();
      const event = scene.event();
      const expected = scene.api.received.length + 1;
      expect(await scene.deliver([event, event])).toBe(200);
      await scene.api.untilReceived(expected);
      expect(await scene.deliver(event)).toBe(200);
      await acknowledgeOnce();
      expect(scene.counts().reads).toBe(reads + 1);
      expect(scene.api.received).toHaveLength(expected + 1);
    });

    it.each([
      ['another vault', { vaultUri: 'https://elsewhere.vault.azure.net' }, undefined],
      ['another secret', { secretName: 'other-key' }, undefined],
      ['no key', { fingerprint: null }, undefined],
      ['delays', { reason: 'Held' }, EVENT_TYPES.rotationDelayed],
    ])('ignores events about %s', async (_what, data, type) => {
      scene.publish();
      const { reads } = scene.counts();
      expect(await scene.deliver(scene.event(data, type))).toBe(200);
      expect(scene.counts().reads).toBe(reads);
    });

    it('acknowledges a reminder, and follows a KeyRetired that comes first without answering', async () => {
      scene.publish();
      const expected = scene.api.received.length + 1;
      expect(await scene.deliver(scene.event({}, EVENT_TYPES.keyRetired))).toBe(200);
      scene.retire();
      const { refused } = scene.counts();
      expect(await scene.use()).toBe(200);
      expect(scene.counts().refused).toBe(refused);
      expect(await scene.deliver(scene.event({}, EVENT_TYPES.keyRetiring))).toBe(200);
      await scene.api.untilReceived(expected);
      await acknowledgeOnce();
      expect(scene.api.received).toHaveLength(expected + 1);
    });

    it('acknowledges nowhere but below the configured API, at the one place for it', async () => {
      const stranger = await import('./twinkeyApi.ts').then((module) => module.startTwinkeyApi());
      const { url, origin } = scene.api;
      const path = '/accounts/sub/group/lang/rotations/r/acks';
      const before = scene.api.received.length;
      for (const acknowledgeUrl of [
        `${stranger.url}${path}`,
        `${url.replace('//', '//user@')}${path}`,
        `${url}@${stranger.origin.slice('http://'.length)}${path}`,
        `${origin}/other${path}`,
        `${url}/../other${path}`,
        `${url}/accounts/sub/group/../rotations/r/acks`,
        `${url}/accounts/sub/group/%2e%2E/rotations/r/acks`,
        `${url}/accounts/sub/group/lang/rotations/%2E%2e/acks`,
        `${url}/accounts/sub/group/lang/hold`,
        `${url}${path}?x=1`,
        `${url}${path}\r\nx: y`,
        'not a URL',
      ]) {
        expect(await scene.deliver(scene.event({ acknowledgeUrl }))).toBe(200);
      }
      await acknowledgeOnce();
      expect(scene.api.received).toHaveLength(before + 1);
      expect(stranger.received).toEqual([]);
      await stranger.close();
    });

    it('repeats an acknowledgement while the service is busy', async () => {
      const before = scene.api.received.length;
      scene.api.answerNext(503, 429);
      expect(await scene.deliver(scene.event())).toBe(200);
      await scene.api.untilReceived(before + 3);
      const [first, ...repeats] = scene.api.received.slice(before);
      expect(repeats).toEqual([first, first]);
    });

    it.each([404, 302, 307])(
      'takes a %i for a refusal: neither repeated nor followed',
      async (status) => {
        const before = scene.api.received.length;
        scene.api.answerNext(status);
        const events = [await acknowledgeOnce(), await acknowledgeOnce()];
        expect(scene.api.received.slice(before).map(({ path }) => path)).toEqual(
          events.map((event) => `POST ${pathOf(event)}`),
        );
      },
    );

    it('lives through an outage of the vault on the key it has, and has the event sent again', async () => {
      const lift = scene.azure.model.faults.add({
        service: 'vault',
        fault: { kind: 'status', status: 503 },
      });
      scene.publish();
      const event = scene.event();
      expect(await scene.deliver(event)).toBe(503);
      expect(await scene.use()).toBe(200);
      lift();
      expect(await scene.deliver(event)).toBe(200);
      scene.retire();
      const { refused } = scene.counts();
      expect(await scene.use()).toBe(200);
      expect(scene.counts().refused).toBe(refused);
    });

    it('reads again when the vault still shows the previous key', async () => {
      scene.azure.model.faults.add({ service: 'vault', times: 1, fault: { kind: 'staleRead' } });
      scene.publish();
      const event = await acknowledgeOnce();
      expect(scene.api.received.at(-1)?.fingerprint).toBe(fingerprintOf(event));
    });

    it('keeps the new key when the vault shows the previous one again', async () => {
      scene.publish();
      await acknowledgeOnce();
      const { refused } = scene.counts();
      const lift = scene.azure.model.faults.add({ service: 'vault', fault: { kind: 'staleRead' } });
      expect(await scene.deliver(scene.event({ fingerprint: '0123456789ab' }))).toBe(503);
      scene.retire();
      expect(await scene.use()).toBe(200);
      expect(scene.counts().refused).toBe(refused);
      lift();
    });

    it('takes an older version when its own key is refused: the secret may have been restored', async () => {
      scene.publish();
      await acknowledgeOnce();
      scene.azure.model.faults.add({ service: 'vault', fault: { kind: 'staleRead' } });
      scene.revoke();
      expect(await scene.use()).toBe(200);
      scene.azure.model.faults.clear();
      scene.publish();
      await acknowledgeOnce();
    });

    it('takes no event for the copy of a forged one that came before it', async () => {
      scene.publish();
      const event = scene.event();
      const expected = scene.api.received.length + 1;
      const acknowledgeUrl = 'https://evil.example/acks';
      const forged = { ...event, data: { ...event.data, acknowledgeUrl } };
      expect(await scene.deliver(forged)).toBe(200);
      expect(await scene.deliver(event)).toBe(200);
      await scene.api.untilReceived(expected);
      expect(scene.api.received.at(-1)?.fingerprint).toBe(fingerprintOf(event));
    });

    it('acknowledges no key that the vault does not show', async () => {
      const before = scene.api.received.length;
      expect(await scene.deliver(scene.event({ fingerprint: '0123456789ab' }))).toBe(200);
      await acknowledgeOnce();
      expect(scene.api.received).toHaveLength(before + 1);
    });

    it('shares a read among events that come at once', async () => {
      scene.azure.model.faults.add({ service: 'vault', fault: { kind: 'latency', ms: 200 } });
      scene.publish();
      const { reads } = scene.counts();
      const before = scene.api.received.length;
      const events = Array.from({ length: 6 }, () => scene.event());
      const statuses = await Promise.all(events.map((event) => scene.deliver(event)));
      expect(new Set(statuses)).toEqual(new Set([200]));
      // The first one's read, and one for all who asked while that was under way.
      expect(scene.counts().reads - reads).toBeLessThanOrEqual(2);
      await scene.api.untilReceived(before + events.length);
    });

    it('reloads once when its key is refused, for any number of requests', async () => {
      await acknowledgeOnce();
      scene.publish();
      scene.retire();
      const { reads } = scene.counts();
      const statuses = await Promise.all(Array.from({ length: 12 }, () => scene.use()));
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(scene.counts().reads).toBe(reads + 1);
    });

    it('hands on the refusal when there is no other key', async () => {
      scene.publish();
      await acknowledgeOnce();
      for (const slot of ['Key1', 'Key2'] as const) scene.account.keys.regenerate(slot);
      const { reads, refused } = scene.counts();
      expect(await scene.use()).toBe(502);
      expect(scene.counts().refused).toBe(refused + 1);
      expect(scene.counts().reads - reads).toBeLessThanOrEqual(1);
      scene.publish();
      await acknowledgeOnce();
      expect(await scene.use()).toBe(200);
    });

    it('never printed a key, a token or a code', () => {
      const { account, app } = scene;
      expect(app.output()).toContain('acknowledged');
      for (const secret of [...account.keys.everIssued, FUNCTION_KEY, EVENTS_CODE, 'eyJ']) {
        expect(app.output()).not.toContain(secret);
      }
    });
  });

  describe(`the ${language} app, without events`, () => {
    it('finds the new key by its poll', async () => {
      const scene = await startScene(command, { KEY_POLL_SECONDS: '0.3' });
      try {
        scene.publish();
        // When a read ends that began after another one did, that one's key is in use.
        const read = { operation: 'getSecret', end: 200 };
        for (let count = 0; count < 2; count++) await scene.azure.model.log.next(read);
        scene.retire();
        expect(await scene.use()).toBe(200);
        expect(scene.counts().refused).toBe(0);
      } finally {
        await scene.stop();
      }
    });

    it('does not start without its secret, and says why', async () => {
      const scene = startScene(command, { KEY_SECRET_NAME: 'missing-key' });
      await expect(scene).rejects.toThrow(/missing-key/);
    });
  });
}

function pathOf({ data }: KeyEvent): string {
  return new URL(String(data.acknowledgeUrl)).pathname;
}

function fingerprintOf({ data }: KeyEvent): string {
  return String(data.fingerprint);
}
