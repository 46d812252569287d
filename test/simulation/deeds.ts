import { outage } from '../../local/azure/model/fault-presets.ts';
import type { FaultRule } from '../../local/azure/model/faults.ts';
import type { SecretProperties, SecretVersion } from '../../local/azure/model/secret.ts';
import { Failure } from '../../shared/core/failures.ts';
import type { Dependencies } from '../../shared/service/dependencies.ts';
import { placeHold } from '../../shared/service/operations/holds.ts';
import { previewKeyless, requestKeyless } from '../../shared/service/operations/keyless.ts';
import { Refused } from '../../shared/service/operations/lookup.ts';
import {
  requestCompromised,
  requestRollback,
  requestRotation,
} from '../../shared/service/operations/requests.ts';
import {
  type Incident,
  keepingTags,
  MEDDLING,
  type OperatorDeed,
  type PlatformDeed,
  type PortalDeed,
} from './incidents.ts';
import { fingerprintOf } from './ledger.ts';
import { HOUR } from './units.ts';
import { vaultNameOf } from './vaults.ts';
import type { World } from './world.ts';

/** What asks for a token. */
const BEHIND_IDENTITY = ['arm', 'vault', 'eventgrid'] as const;

const OPERATOR = { actor: 'an operator', comment: 'the simulation asks' };

/** Lets people and the platform do what the scenario says, each at its time. */
export function scheduleIncidents(world: World, incidents: readonly Incident[]): void {
  for (const incident of incidents) {
    world.time.schedule(incident.at, () => {
      if (!world.isCalm) letHappen(world, incident);
    });
  }
}

/** Lets it happen now. */
export function letHappen(world: World, incident: Incident): void {
  if (world.scenario.leftAlone && MEDDLING.includes(incident.deed.kind)) return;
  world.oracle.say(`${incident.id} ${describe(incident)}`);
  void carryOut(world, incident);
}

/** What a timeline says of an incident. */
export function describe({ account, deed }: Incident): string {
  const { kind, ...how } = deed;
  return [
    kind,
    account,
    ...Object.entries(how).map(([name, value]) => `${name}=${JSON.stringify(value)}`),
  ]
    .filter(Boolean)
    .join(' ');
}

async function carryOut(world: World, incident: Incident): Promise<void> {
  const { account, deed } = incident;
  if (account !== '' && !world.knows(account)) return;
  if (MEDDLING.includes(deed.kind)) {
    world.oracle.ledger(account).meddled.push({ at: world.time.now(), kind: deed.kind });
  }
  switch (deed.kind) {
    case 'rotate':
    case 'compromised':
    case 'rollback':
    case 'hold':
    case 'keyless':
      return world.planner.asked(incident, deed);
    case 'outage':
    case 'badHours':
    case 'noTimer':
    case 'crash':
    case 'loseRecord':
    case 'stopApp':
      return disturb(world, incident, deed);
    case 'regenerate':
    case 'disableSecret':
    case 'deleteSecret':
    case 'setSecret':
    case 'wipeTags':
    case 'switchKeysOff':
    case 'deleteAccount':
    case 'retag':
      return meddle(world, account, deed);
  }
}

function disturb(world: World, { id, account }: Incident, deed: PlatformDeed): void {
  switch (deed.kind) {
    case 'outage':
      goAway(world, id, deed);
      break;
    case 'badHours':
      world.draws.inBadHours = true;
      world.later(deed.forMs, () => {
        world.draws.inBadHours = false;
      });
      break;
    case 'noTimer':
      world.platform.timerIsAway = true;
      world.later(deed.forMs, () => {
        world.platform.timerIsAway = false;
      });
      break;
    case 'crash':
      world.instance(deed.instance).crash(60_000, 'any moment');
      break;
    case 'loseRecord':
      world.oracle.ledger(account).lost.push(world.time.now());
      world.records.loseRecord(world.idOf(account));
      break;
    case 'stopApp':
      world.restartApp(account, deed.forMs);
      break;
  }
}

function goAway(
  world: World,
  id: string,
  { service, forMs }: PlatformDeed & { readonly kind: 'outage' },
): void {
  if (service === 'storage') {
    world.storageIsAway = true;
    world.later(forMs, () => {
      world.storageIsAway = false;
    });
    return;
  }
  const away = service === 'identity' ? BEHIND_IDENTITY : [service];
  const rules = service === 'vault' ? outagesOfVaults(world, id) : away.map(outage);
  for (const rule of rules) world.later(forMs, world.model.faults.add(rule));
}

/** All vaults are away, or in half of the cases one of those that secrets are in. */
function outagesOfVaults({ draws, scenario }: World, id: string): FaultRule[] {
  const inUse = [...new Set(scenario.accounts.map(vaultNameOf))];
  const away = inUse[Math.floor(draws.share(`vault of ${id}`) * 2 * inUse.length)];
  if (away === undefined) return [outage('vault')];
  const secrets = scenario.accounts.filter((plan) => vaultNameOf(plan) === away);
  return secrets.map(({ name }) => ({ ...outage('vault'), target: `${name}-key` }));
}

/** Asks Twinkey, through the same operations as its HTTP API; a refusal is an answer like any other. */
export async function operate(world: World, incident: Incident, deed: OperatorDeed): Promise<void> {
  const id = world.idOf(incident.account);
  const instance = world.platform.anyInstance();
  try {
    // Nobody is there to take it while all instances are down.
    const end = instance
      ? await instance.run((dependencies) => ask(world, incident, deed, id, dependencies))
      : 'died';
    if (deed.kind === 'compromised') noteLeak(world, incident, deed);
    if (deed.kind === 'rotate' && end !== 'died') {
      world.oracle.ledger(incident.account).asked.push({ id: incident.id, at: world.time.now() });
    }
    world.oracle.say(`${incident.id} ${end === 'died' ? 'got no answer' : 'was taken'}`);
    if (instance) await world.platform.queueOf(instance).enqueue([{ accountId: id }]);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Failure)) throw error;
    world.secrecy.inspect(error.message, 'a refusal');
    world.oracle.say(`${incident.id} was refused: ${error.message}`);
  }
}

async function ask(
  world: World,
  incident: Incident,
  deed: OperatorDeed,
  id: string,
  dependencies: Dependencies,
): Promise<void> {
  switch (deed.kind) {
    case 'rotate':
      return requestRotation(id, incident.id, OPERATOR, dependencies);
    case 'compromised':
      return declare(world, incident, deed, id, dependencies);
    case 'rollback': {
      const { stored } = await dependencies.records.read(id);
      const rotationId = stored?.record.rotation?.id ?? 'none';
      return requestRollback(id, rotationId, incident.id, OPERATOR, dependencies);
    }
    case 'hold': {
      const whose = deed.all ? null : id;
      const ledgers = [...world.oracle.ledgers.values()];
      const held = ledgers.filter(({ account }) => deed.all || account.name === incident.account);
      const until = dependencies.clock.now() + deed.forMs;
      await placeHold(whose, { ...OPERATOR, until }, dependencies);
      for (const ledger of held) ledger.noteHold(world.time.now(), until, deed.all);
      return;
    }
    case 'keyless': {
      const { confirm } = await previewKeyless(id, dependencies);
      const { known, account } = world.oracle.ledger(incident.account);
      const values = [account.keys.value('Key1'), account.keys.value('Key2')];
      await requestKeyless(id, incident.id, { ...OPERATOR, confirm }, dependencies);
      known.push(...values);
      world.later(deed.backAfterMs, () => switchKeysOn(world, incident.account));
    }
  }
}

async function declare(
  world: World,
  incident: Incident,
  deed: OperatorDeed & { readonly kind: 'compromised' },
  id: string,
  dependencies: Dependencies,
): Promise<void> {
  // Written down before: the request may be taken although its answer is lost.
  noteLeak(world, incident, deed);
  const { slot, overlapMs, overrideHold } = deed;
  const asked = { ...OPERATOR, slot, overlapMs, overrideHold };
  await requestCompromised(id, incident.id, asked, dependencies);
  const { requests } = await world.records.read(id);
  const taken = requests.find((request) => request.id === incident.id);
  for (const fingerprint of taken?.fingerprints ?? []) {
    world.oracle.ledger(incident.account).leaks.push({ at: world.time.now(), fingerprint });
  }
}

/** The keys of this moment are declared leaked, or may be: taking the request may last for hours. */
function noteLeak(
  world: World,
  { account, at }: Incident,
  { overlapMs, overrideHold }: OperatorDeed & { readonly kind: 'compromised' },
): void {
  const { keys } = world.oracle.ledger(account).account;
  const values = [keys.value('Key1'), keys.value('Key2')];
  world.oracle.ledger(account).declared.push({ at, overlapMs, values, overrideHold });
}

function meddle(world: World, name: string, deed: PortalDeed): void {
  const account = world.account(name);
  const vault = world.vaultOf(name);
  const secret = `${name}-key`;
  const newest = vault.isDeleted(secret) ? undefined : vault.peek(secret).at(-1);
  world.byHand(() => {
    switch (deed.kind) {
      case 'regenerate': {
        const active = account.keys.value('Key1') === newest?.value ? 'Key1' : 'Key2';
        const standby = active === 'Key1' ? 'Key2' : 'Key1';
        if (account.disableLocalAuth) return;
        world.model.accounts.regenerateKey(account.id, deed.which === 'active' ? active : standby);
        return;
      }
      case 'disableSecret':
        if (!newest?.enabled) return;
        vault.update(secret, newest.version, { enabled: false });
        world.later(deed.forMs, () => enable(world, name));
        return;
      case 'deleteSecret':
        if (!newest) return;
        vault.delete(secret);
        if (deed.purge) vault.purge(secret);
        return;
      case 'setSecret': {
        if (!newest) return;
        const others = { standby: otherThan(account.keys, newest.value), junk: 'f'.repeat(32) };
        const value = deed.to === 'active' ? newest.value : others[deed.to];
        vault.set(secret, value, deed.bare ? {} : propertiesOf(newest));
        return;
      }
      case 'wipeTags':
        if (newest) vault.update(secret, newest.version, { tags: {} });
        return;
      case 'switchKeysOff':
        world.model.accounts.update(account.id, { disableLocalAuth: true });
        world.later(deed.forMs, () => switchKeysOn(world, name));
        return;
      case 'deleteAccount':
        world.model.accounts.remove(account.id);
        return;
      case 'retag': {
        const before = { ...account.tags };
        world.model.accounts.update(account.id, { tags: { ...before, ...deed.tags } });
        world.oracle.noteTags(name);
        world.later(deed.forMs, () => retag(world, name));
      }
    }
  });
}

/** What a person copies from the version before who knows that something goes by it. */
function propertiesOf({ tags, expires }: SecretVersion): SecretProperties {
  return { tags: { ...tags }, ...(expires !== undefined && { expires }) };
}

function otherThan(keys: { value(slot: 'Key1' | 'Key2'): string }, value: string): string {
  return keys.value('Key1') === value ? keys.value('Key2') : keys.value('Key1');
}

/** The account's tags are what they were in the beginning. */
function retag(world: World, name: string): void {
  const plan = world.scenario.accounts.find((account) => account.name === name);
  if (!plan || !world.knows(name)) return;
  const tags = { ...plan.tags };
  world.model.accounts.update(world.account(name).id, { tags });
  world.oracle.noteTags(name);
}

/** A person lets keys in again, and the secret's newest version with them. */
export function switchKeysOn(world: World, name: string): void {
  if (!world.knows(name)) return;
  const account = world.account(name);
  if (!account.disableLocalAuth) return;
  world.oracle.ledger(name).meddled.push({ at: world.time.now(), kind: 'switchKeysOff' });
  world.byHand(() => world.model.accounts.update(account.id, { disableLocalAuth: false }));
  enable(world, name);
}

/** A person enables the newest version again. */
export function enable(world: World, name: string): void {
  const secret = `${name}-key`;
  const vault = world.vaultOf(name);
  if (vault.isDeleted(secret)) return;
  const newest = vault.peek(secret).at(-1);
  if (!newest || newest.enabled) return;
  world.oracle.ledger(name).meddled.push({ at: world.time.now(), kind: 'disableSecret' });
  world.oracle.say(`a person enabled the secret of ${name}: ${fingerprintOf(newest.value)}`);
  world.byHand(() => vault.update(secret, newest.version, { enabled: true }));
}

/**
 * People put right what people did: nothing is held, switched off, disabled or badly tagged, and
 * nobody asks for the end of keys any more, which may wait for a person.
 */
export async function putRight(world: World): Promise<void> {
  for (const { name } of world.scenario.accounts) {
    if (!world.knows(name)) continue;
    retag(world, name);
    const vault = world.vaultOf(name);
    if (vault.isDeleted(`${name}-key`)) world.byHand(() => vault.recover(`${name}-key`));
    switchKeysOn(world, name);
    enable(world, name);
    const id = world.idOf(name);
    await world.records.setHold(id, null);
    world.oracle.ledger(name).releaseHolds(world.time.now());
    const { requests } = await world.records.read(id);
    for (const request of requests.filter(({ kind }) => kind === 'keyless')) {
      await world.records.withdrawRequest(id, request.id);
    }
  }
  await world.records.setHold(null, null);
}

/** What a person does at whatever moment; the first is what harms most, and comes most often. */
const AT_ANY_MOMENT: readonly PortalDeed[] = [
  { kind: 'setSecret', to: 'standby', bare: false },
  { kind: 'setSecret', to: 'standby', bare: false },
  { kind: 'setSecret', to: 'junk', bare: true },
  { kind: 'regenerate', which: 'active' },
  { kind: 'regenerate', which: 'standby' },
  { kind: 'disableSecret', forMs: HOUR },
  { kind: 'deleteSecret', purge: false },
  { kind: 'wipeTags' },
];

/** A person does something to some account, in the middle of what the service does. */
export function meddleNow(world: World): void {
  if (world.isCalm) return;
  const { accounts, theme } = world.scenario;
  const now = world.time.now();
  const id = `hand at ${now}`;
  const account = drawn(world, `${id}: account`, accounts).name;
  const incident = { id, at: now, account, deed: drawn(world, `${id}: deed`, AT_ANY_MOMENT) };
  letHappen(world, theme === 'rival' ? keepingTags(incident) : incident);
}

function drawn<T>({ draws }: World, name: string, choices: readonly T[]): T {
  return choices[Math.floor(draws.share(name) * choices.length)] as T;
}
