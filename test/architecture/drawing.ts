/**
 * The drawing of the architecture as a table: what each part may import, by name. Imports point down, never sideways.
 * Where it turns out wrong, it is changed here together with a page in docs/decisions.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'libs/wire': [],
  'libs/telemetry': [],
  'libs/contract': [],
  'libs/storage': ['telemetry', 'wire'],
  'libs/jobs': ['telemetry', 'wire'],
  'libs/pki': ['telemetry', 'wire'],
  'libs/config': ['telemetry', 'wire'],
  'libs/transport': ['pki', 'telemetry', 'wire'],
  'libs/directory': ['jobs', 'pki', 'storage', 'telemetry', 'wire'],
  'libs/policy': ['storage', 'telemetry', 'wire'],
  'libs/archive': ['jobs', 'storage', 'telemetry', 'wire'],
  'libs/cluster': ['pki', 'telemetry', 'wire'],
  'libs/stream': ['cluster', 'telemetry', 'transport', 'wire'],
  'libs/routing': ['cluster', 'stream', 'telemetry', 'wire'],
  'libs/features': [
    'archive',
    'cluster',
    'directory',
    'jobs',
    'pki',
    'policy',
    'routing',
    'storage',
    'stream',
    'telemetry',
    'wire',
  ],
  'libs/federation': ['cluster', 'policy'],
  'libs/federation/peer': ['cluster', 'pki', 'policy', 'stream', 'telemetry', 'transport', 'wire'],
  'libs/federation/queue': ['archive', 'cluster', 'policy', 'routing', 'storage', 'telemetry', 'wire'],
  'apps/server': [
    'archive',
    'cluster',
    'config',
    'contract',
    'directory',
    'features',
    'federation/queue',
    'jobs',
    'pki',
    'policy',
    'routing',
    'storage',
    'stream',
    'telemetry',
    'transport',
    'wire',
  ],
  'apps/api': [
    'archive',
    'cluster',
    'config',
    'contract',
    'directory',
    'jobs',
    'pki',
    'policy',
    'storage',
    'telemetry',
    'transport',
    'wire',
  ],
  'apps/gateway': [
    'cluster',
    'config',
    'contract',
    'federation/peer',
    'pki',
    'stream',
    'telemetry',
    'transport',
    'wire',
  ],
  'apps/console': ['contract'],
  'apps/chat': ['contract'],
  'apps/appliance': [
    'api',
    'archive',
    'cluster',
    'config',
    'contract',
    'directory',
    'gateway',
    'jobs',
    'pki',
    'policy',
    'server',
    'storage',
    'telemetry',
    'transport',
    'wire',
  ],
  'apps/ctl': [
    'appliance',
    'api',
    'archive',
    'config',
    'contract',
    'directory',
    'gateway',
    'pki',
    'policy',
    'server',
    'storage',
    'telemetry',
    'wire',
  ],
};

/** Parts with more doors than one, so that who needs one half of them gets no more than that. */
export const DOORS: Readonly<Record<string, readonly string[]>> = { federation: ['peer', 'queue'] };

/** Packages only some parts may use, whatever the drawing says about libs. */
export interface Ban {
  readonly what: RegExp;
  /** Paths that may. */
  readonly except: RegExp;
  readonly because: string;
}

export const BANS: readonly Ban[] = [
  {
    what: /^@nestjs\//,
    except: /^apps\/|^libs\/[^/]+\/src\/.*\.module\.ts$/,
    because: '@nestjs/* belongs to apps and *.module.ts: Nest stands at the rim',
  },
  {
    what: /^typeorm$/,
    except: /^libs\/storage\/|^libs\/archive\/src\/tables\/|\.entity\.ts$/,
    because: 'typeorm belongs to storage, archive/src/tables and *.entity.ts',
  },
  {
    what: /^node:/,
    except: /^(?!libs\/(wire|contract)\/)|\.spec\.ts$/,
    because: 'wire and contract use no Node built-ins',
  },
  {
    what: /^ldapjs$/,
    except: /^libs\/directory\/src\/sample\/|^test\//,
    because: 'ldapjs serves the sample directory and nothing else',
  },
  {
    what: /^(react|react-dom|react-admin|@mui\/.*)$/,
    except: /^apps\/(console|chat)\//,
    because: 'browser code lives in console and chat',
  },
];
