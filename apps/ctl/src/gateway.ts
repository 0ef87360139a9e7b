import type { Command } from 'commander';
import { loadSettings } from '@interoffice/config';
import { overridesOf } from './instance.js';

interface GatewayOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/** `interoffice gateway`: one office's way to other servers, for the edge of its network. */
export function addGateway(program: Command): void {
  program
    .command('gateway')
    .description('run a federation gateway in the foreground; the server dials it, it has no database')
    .option('--config <file>', 'settings file')
    .option('--data-dir <dir>', 'where its secret is kept')
    .addHelpText('after', '\nExample:\n  interoffice gateway --config /etc/interoffice/gateway.yaml')
    .action(async ({ config, dataDir }: GatewayOptions) => {
      const { runGateway } = await import('@interoffice/gateway');
      await runGateway(loadSettings({ file: config, overrides: overridesOf({ dataDir }) }));
    });
}
