import { HostError } from './hostError.ts';

/** App settings: the process's environment, or whatever a test hands in. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Replaces each `%NAME%` in a binding's value by the app setting of that name. */
export function resolveSettings(text: string, settings: Settings, where: string): string {
  return text.replace(/%([^%]+)%/g, (_match, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '') {
      throw new HostError(
        `${where}: expected the app setting ${name}, found none. ` +
          `Set ${name} in the host's environment, or write the value in place of %${name}%.`,
      );
    }
    return value;
  });
}

/** The storage connection string behind a binding's `connection`, which names an app setting. */
export function connectionString(connection: string, settings: Settings, where: string): string {
  const name = connection || 'AzureWebJobsStorage';
  const value = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (!value) {
    throw new HostError(
      `${where}: expected a storage connection string in the app setting ${name}, found none. ` +
        `Set ${name}, for example to Azurite's connection string; identity-based connections ` +
        '(__queueServiceUri and the like) work in Azure only.',
    );
  }
  return value;
}
