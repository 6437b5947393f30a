// Where fleetd's configuration comes from: one file and the environment.

import { readFileIfExists } from '../host/index.ts';
import { type InspectedConfig, inspectConfig, type ParsedConfig, parseConfig } from './config.ts';
import { fleetErrors } from './errors.ts';

export interface ConfigSource {
  /** From --config: then it must exist. */
  readonly configPath: string | undefined;
  readonly env: Record<string, string | undefined>;
}

const defaultConfigPath = '/etc/fleet/fleet.conf';

/** The file that is read, whether it is there or not. */
export function configPathOf({ configPath }: ConfigSource): string {
  return configPath ?? defaultConfigPath;
}

/** Throws `fleet.config` for what fleetd cannot start with. */
export async function readConfig(source: ConfigSource): Promise<ParsedConfig> {
  return parseConfig(await readText(source), configPathOf(source), source.env);
}

/** Throws `fleet.config` only when the file cannot be read. */
export async function readWholeConfig(source: ConfigSource): Promise<InspectedConfig> {
  return inspectConfig(await readText(source), configPathOf(source), source.env);
}

async function readText(source: ConfigSource): Promise<string | undefined> {
  const path = configPathOf(source);
  let text: string | undefined;
  try {
    text = await readFileIfExists(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw fleetErrors.error('config', `${path} cannot be read: ${reason}.`, { cause });
  }
  if (text === undefined && source.configPath !== undefined) {
    throw fleetErrors.error('config', `${path}: there is no such file.`);
  }
  return text;
}
