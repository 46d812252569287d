import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { readFile, readTemplate } from './bicep.ts';

const text = readFile('infra/main.bicep');
const main = await readTemplate('infra/main.bicep', text);

interface Choice {
  readonly privateNetwork?: boolean;
  readonly natGateway?: boolean;
  readonly appSubnetId?: string;
  readonly servicesPublicAccess?: 'Enabled' | 'Disabled';
}

/** What an expression of the template comes to: its operators are JavaScript's as well. */
function evaluate(expression: string, choice: Choice): unknown {
  const { privateNetwork = false, natGateway = false, appSubnetId = '' } = choice;
  const servicesPublicAccess =
    choice.servicesPublicAccess ?? (privateNetwork ? 'Disabled' : 'Enabled');
  const empty = (value: string) => value === '';
  const network = { outputs: { appSubnetId: 'made' } };
  const names = { privateNetwork, natGateway, appSubnetId, servicesPublicAccess, empty, network };
  return runInNewContext(expression.replaceAll('!.', '.'), names);
}

function refusalOf(choice: Choice): unknown {
  const refusal = main.declarations.find(({ name }) => name === 'refusal');
  return evaluate(String(refusal?.value?.text), choice);
}

function subnetOf(choice: Choice): unknown {
  const expression = /^ {4}subnetId: (.*appSubnetId)$/m.exec(text)?.[1];
  return evaluate(String(expression), choice);
}

const OWN = { appSubnetId: 'own' };

describe('the network', () => {
  it.each<[string, Choice]>([
    ['nothing', {}],
    ['a network', { privateNetwork: true }],
    [
      'a network that services can be reached from outside of',
      { privateNetwork: true, servicesPublicAccess: 'Enabled' },
    ],
    ['a network with one address', { privateNetwork: true, natGateway: true }],
    ['a subnet', OWN],
    ['a subnet with private endpoints of its own', { ...OWN, servicesPublicAccess: 'Disabled' }],
    ['a subnet, and a network for the private endpoints', { ...OWN, privateNetwork: true }],
  ])('may be %s', (_, choice) => {
    expect(refusalOf(choice)).toBe('');
  });

  it.each<[string, Choice, RegExp]>([
    ['one address of no network', { natGateway: true }, /^natGateway /],
    ['one address of a subnet', { ...OWN, natGateway: true }, /^natGateway /],
    [
      'one address that nobody comes from',
      { ...OWN, privateNetwork: true, natGateway: true },
      /^natGateway /,
    ],
    [
      'services that nobody reaches',
      { servicesPublicAccess: 'Disabled' },
      /^servicesPublicAccess=/,
    ],
  ])('cannot be %s', (_, choice, reason) => {
    expect(refusalOf(choice)).toMatch(reason);
  });

  it('is refused before anything is made', () => {
    const group = /^resource group [\s\S]*?^\}/m.exec(text)?.[0];
    expect(group).toContain('  location: empty(refusal) ? location : fail(refusal)\n');
  });

  it.each<[Choice, string]>([
    [{}, ''],
    [{ privateNetwork: true }, 'made'],
    [OWN, 'own'],
    [{ ...OWN, privateNetwork: true }, 'own'],
  ])('%o lets the app reach out from the subnet "%s"', (choice, subnet) => {
    expect(subnetOf(choice)).toBe(subnet);
  });
});
