import type { Command } from 'commander';
import { loadSettings } from '@interoffice/config';
import { overridesOf } from './instance.js';
import { silentLog } from '@interoffice/telemetry';
import { print } from './terminal.js';

/** `interoffice migrate`: bring the database up to date, as its owner. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the database up to date; `up` does it by itself')
    .option('--config <file>', 'settings file')
    .option('--data-dir <dir>', 'data directory')
    .addHelpText('after', '\nExample:\n  interoffice migrate --config interoffice.yaml')
    .action(async ({ config, dataDir }: { config?: string; dataDir?: string }) => {
      const { migrateDatabase } = await import('@interoffice/appliance');
      const applied = await migrateDatabase(
        loadSettings({ file: config, overrides: overridesOf({ dataDir }) }),
        silentLog,
      );
      print(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}.`);
    });
}
