import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccountSpec } from '../model/account.ts';
import { AzureModel, type ModelSettings } from '../model/azure-model.ts';
import { DeliveryPump } from '../model/delivery-pump.ts';
import type { FaultRule } from '../model/faults.ts';
import { RealTime, type TimeSource } from '../model/time.ts';
import type { SubscriptionSpec, Topic } from '../model/topic.ts';
import { type ArmOptions, armFront } from './arm.ts';
import { topicId } from './arm-event-grid.ts';
import { createServerCertificate, type ServerCertificate } from './certificates.ts';
import { dataPlaneFront } from './data-plane.ts';
import { EventSubscriptions } from './event-subscriptions.ts';
import { type Front, serveFront } from './front.ts';
import { identityFront } from './identity.ts';
import { ingestionFront } from './ingestion.ts';
import { type Listener, listen } from './listen.ts';
import { SystemEvents } from './system-events.ts';
import { topicFront } from './topic.ts';
import { vaultFront } from './vault.ts';
import { postToWebhook, validateWebhook } from './webhooks.ts';

/** Ports on 127.0.0.1. Whatever is left out gets a free one. */
export interface Ports {
  readonly arm?: number;
  readonly dataPlane?: number;
  readonly topic?: number;
  readonly identity?: number;
  readonly ingestion?: number;
  /** By vault name. */
  readonly vaults?: Readonly<Record<string, number>>;
}

export interface SimulatedAzureOptions extends ModelSettings {
  /** Default: the wall clock. Latency, late effects and event retries wait on it. */
  readonly time?: TimeSource;
  readonly ports?: Ports;
  /** Vault names. Default: one vault, `main`. */
  readonly vaults?: readonly string[];
  readonly accounts?: readonly AccountSpec[];
  readonly faults?: readonly FaultRule[];
  readonly arm?: Partial<ArmOptions>;
}

const defaultArm: ArmOptions = { pageSize: 50, listKeysBucket: 'armRead' };

interface OpenPorts {
  readonly arm: Listener;
  readonly dataPlane: Listener;
  readonly topic: Listener;
  readonly identity: Listener;
  readonly ingestion: Listener;
  readonly vaults: ReadonlyMap<string, Listener>;
}

/** How the name of the folder begins that holds an instance's files in the temporary folder. */
export const FOLDER_PREFIX = 'simulated-azure-';

/**
 * Azure on this machine: the real protocols over loopback. What another process needs to use it
 * is here as addresses; what a test or a demo wants to do by hand, it does on the model.
 */
export class SimulatedAzure {
  readonly model: AzureModel;
  /** For `NODE_EXTRA_CA_CERTS`; `caPem` is the same for `tlsOptions.ca`. */
  readonly caFile: string;
  readonly caPem: string;
  readonly armEndpoint: string;
  readonly topicEndpoint: string;
  readonly topicId: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  /** What an app that sends telemetry here is given. */
  readonly applicationInsightsConnectionString: string;
  readonly vaultUrls: Readonly<Record<string, string>>;
  readonly #listeners: Listener[];
  readonly #system: SystemEvents;
  readonly #pumps: readonly DeliveryPump[];
  readonly #closeTime: () => void;

  constructor(options: SimulatedAzureOptions, ports: OpenPorts, ca: { file: string; pem: string }) {
    const ownTime = new RealTime();
    this.#closeTime = () => ownTime.stop();
    const endpointOf = (host: string) => `${ports.dataPlane.origin}/${host}/`;
    this.model = new AzureModel(options.time ?? ownTime, endpointOf, options);
    this.#system = new SystemEvents(this.model);
    this.#pumps = [this.model.topic, this.#system.topic].map(
      (topic) => new DeliveryPump(topic, this.model.time, postToWebhook),
    );
    this.caFile = ca.file;
    this.caPem = ca.pem;
    this.armEndpoint = ports.arm.origin;
    this.topicId = topicId(this.model.subscription, this.model.resourceGroup);
    this.topicEndpoint = `${ports.topic.origin}/api/events`;
    this.identityEndpoint = `${ports.identity.origin}/msi/token`;
    this.identityHeader = randomUUID();
    this.applicationInsightsConnectionString = [
      `InstrumentationKey=${this.model.ingestion.instrumentationKey}`,
      `IngestionEndpoint=${ports.ingestion.origin}/`,
    ].join(';');
    this.vaultUrls = Object.fromEntries(
      [...ports.vaults].map(([name, { origin }]) => [name, origin]),
    );
    this.#listeners = [ports.arm, ports.dataPlane, ports.topic, ports.identity, ports.ingestion];
    this.#listeners.push(...ports.vaults.values());
    this.#serve(ports, { ...defaultArm, ...options.arm });
    this.model.faults.set(options.faults ?? []);
    for (const account of options.accounts ?? []) this.model.accounts.add(account);
  }

  get tenant(): string {
    return this.model.tokens.tenant;
  }

  /**
   * Subscribes a webhook once it agreed in the handshake. False: it did not, and nothing will be
   * delivered to it. Other processes do so over Resource Manager, with the topic's id as scope.
   */
  subscribe(subscription: SubscriptionSpec): Promise<boolean> {
    return subscribeTo(this.model.topic, subscription);
  }

  /** The same for the events of Azure's own services. */
  subscribeToSystem(subscription: SubscriptionSpec): Promise<boolean> {
    return subscribeTo(this.#system.topic, subscription);
  }

  /** Ends every connection, delivery and timer, and removes the certificate file. */
  async close(): Promise<void> {
    for (const pump of this.#pumps) pump.close();
    this.#closeTime();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await rm(join(this.caFile, '..'), { recursive: true, force: true });
  }

  #serve(ports: OpenPorts, arm: ArmOptions): void {
    const { model } = this;
    const serve = (listener: Listener, front: Front) =>
      listener.serve(serveFront(front, model.conductor));
    const subscriptions = new EventSubscriptions(model.topic, this.topicId);
    serve(ports.arm, armFront(model, subscriptions, this.#system, arm));
    serve(ports.dataPlane, dataPlaneFront(model));
    serve(ports.topic, topicFront(model));
    serve(ports.identity, identityFront(model, this.identityHeader));
    serve(ports.ingestion, ingestionFront(model));
    for (const [name, listener] of ports.vaults) {
      serve(listener, vaultFront(model, model.addVault(name, listener.origin), this.#system));
    }
  }
}

/** Starts a simulated Azure. Rejects, leaving nothing open, when a given port is taken. */
export async function startSimulatedAzure(
  options: SimulatedAzureOptions = {},
): Promise<SimulatedAzure> {
  const certificate = await createServerCertificate();
  const ports = await openPorts(options, certificate);
  const directory = await mkdtemp(join(tmpdir(), FOLDER_PREFIX));
  const file = join(directory, 'ca.pem');
  await writeFile(file, certificate.caPem);
  return new SimulatedAzure(options, ports, { file, pem: certificate.caPem });
}

async function openPorts(
  { ports = {}, vaults = ['main'] }: SimulatedAzureOptions,
  certificate: ServerCertificate,
): Promise<OpenPorts> {
  const opened: Listener[] = [];
  const open = async (purpose: string, port = 0, tls?: ServerCertificate) => {
    const listener = await listen(purpose, port, tls);
    opened.push(listener);
    return listener;
  };
  try {
    const vaultListeners = new Map<string, Listener>();
    for (const name of vaults) {
      vaultListeners.set(name, await open(`vault ${name}`, ports.vaults?.[name], certificate));
    }
    return {
      arm: await open('Resource Manager', ports.arm, certificate),
      dataPlane: await open('AI services', ports.dataPlane, certificate),
      topic: await open('Event Grid topic', ports.topic, certificate),
      identity: await open('managed identity', ports.identity),
      ingestion: await open('Application Insights', ports.ingestion, certificate),
      vaults: vaultListeners,
    };
  } catch (error) {
    await Promise.all(opened.map((listener) => listener.close()));
    throw error;
  }
}

async function subscribeTo(topic: Topic, subscription: SubscriptionSpec): Promise<boolean> {
  const validated = await validateWebhook(subscription.endpoint);
  if (validated) topic.subscribe(subscription);
  return validated;
}
