import path from 'node:path';
import type { Command } from 'commander';
import { demoPresets, loadSettings, type Settings } from '@interoffice/config';
import { overridesOf } from './instance.js';

interface UpOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly demo?: boolean;
  readonly fresh?: boolean;
}

/** `interoffice up`: everything in one process, in the foreground. */
export function addUp(program: Command): void {
  program
    .command('up')
    .description('run everything in one process, in the foreground, until SIGTERM or Ctrl-C')
    .option('--config <file>', 'settings file')
    .option('--data-dir <dir>', 'where everything is kept')
    .option('--demo', 'serve office.localhost on loopback addresses with a sample directory of about 200 people')
    .option('--fresh', 'with --demo: begin anew, all data of the demo is deleted')
    .addHelpText(
      'after',
      '\nExample:\n  interoffice up --demo\n  INTEROFFICE_LISTEN__HTTPS=127.0.0.1:9443 interoffice up --demo',
    )
    .action(async ({ config, dataDir, demo = false, fresh = false }: UpOptions) => {
      const read = (): Settings =>
        loadSettings({
          file: config,
          overrides: overridesOf({ dataDir }),
          presets: demo ? demoPresets : undefined,
        });
      const file = config === undefined ? undefined : path.resolve(config);
      const { runAppliance } = await import('@interoffice/appliance');
      await runAppliance({ settings: read(), file, read, demo, fresh });
    });
}
