import path from 'node:path';
import { Option, type Command } from 'commander';
import { loadSettings, type Plain } from '@interoffice/config';

/** Which appliance a command is about. */
export interface InstanceOptions {
  readonly dataDir?: string;
  readonly config?: string;
}

export function withInstance(command: Command): Command {
  return command
    .addOption(new Option('--data-dir <dir>', 'data directory of the running appliance (default: ./data)'))
    .addOption(new Option('--config <file>', 'settings file that names the data directory'));
}

/** What flags say about settings. */
export function overridesOf({ dataDir }: { dataDir?: string }): Plain {
  return dataDir === undefined ? {} : { 'data-dir': path.resolve(dataDir) };
}

export function dataDirOf({ dataDir, config }: InstanceOptions): string {
  if (dataDir !== undefined) return path.resolve(dataDir);
  if (config !== undefined) return loadSettings({ file: config }).dataDir;
  // The environment may name it; a domain is only needed to make the settings whole.
  return loadSettings({ presets: { domain: 'localhost' } }).dataDir;
}
