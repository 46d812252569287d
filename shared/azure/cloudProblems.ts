import { CLOUDS, cloudOf } from './clouds.ts';
import type { SettingName, SettingProblem, SettingValues } from './settingRows.ts';

const ADDRESSES = [
  'TWINKEY_VAULT_URL',
  'TWINKEY_ALLOWED_VAULT_URLS',
  'TWINKEY_TOPIC_ENDPOINT',
  'TWINKEY_ARM_ENDPOINT',
  'AzureWebJobsStorage__tableServiceUri',
] as const satisfies readonly SettingName[];

/**
 * Addresses in another cloud than `TWINKEY_CLOUD` says: no token of the one is good in the other, and
 * the refusals would not say why.
 */
export function cloudProblems(values: SettingValues): SettingProblem[] {
  const cloud = values.TWINKEY_CLOUD;
  if (!Object.hasOwn(CLOUDS, cloud ?? '')) return [];
  return ADDRESSES.flatMap((setting) =>
    [values[setting] ?? []]
      .flat()
      .filter((url) => ![undefined, cloud].includes(cloudOf(url)))
      .map((url) => ({
        setting,
        expected: `an address in the cloud '${cloud}' of TWINKEY_CLOUD`,
        found: `'${url}', which is in '${cloudOf(url)}'`,
      })),
  );
}
