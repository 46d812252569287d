/**
 * The simulated Azure: one model of accounts, vaults, a topic, tokens and data planes with two
 * fronts, on the wire for the real SDKs and in process on virtual time for simulations.
 *
 * On the wire every service has a port of its own on 127.0.0.1, https but for the managed identity:
 * Resource Manager, each vault, the topic (`/api/events`), the AI services (`/{account}/…`), the
 * managed identity (`/msi/token`) and Application Insights (`/v2.1/track`). Whatever a test or a demo does by hand, it does on the model:
 * `azure.model.accounts`, `.vaults`, `.topic`, `.dataPlane`, `.ingestion`, `.faults`, `.log`.
 */
export { inProcessPorts } from './in-process/ports.ts';
export { runOnVirtualTime } from './in-process/run.ts';
export { Subscribers } from './in-process/subscribers.ts';
export type { AccountSpec } from './model/account.ts';
export { AzureModel } from './model/azure-model.ts';
export { faultPresets, outage } from './model/fault-presets.ts';
export type { FaultRule } from './model/faults.ts';
export { ManualTime } from './model/time.ts';
export {
  FOLDER_PREFIX,
  type SimulatedAzure,
  type SimulatedAzureOptions,
  startSimulatedAzure,
} from './wire/simulated-azure.ts';
