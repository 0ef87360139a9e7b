import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings, type Settings } from '@interoffice/config';
import { parseAllDocuments, stringify } from 'yaml';
import { built } from './built.js';

/** Where the chart lies. */
export const CHART = path.resolve(import.meta.dirname, '../../helm');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly securityContext: object;
  readonly ports: readonly { name: string; containerPort: number; hostPort?: number }[];
  readonly livenessProbe: Probe;
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
}

interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit: string };
  readonly secret?: { readonly secretName: string; readonly defaultMode: number };
}

interface Pod {
  readonly securityContext: object;
  readonly automountServiceAccountToken: boolean;
  readonly containers: readonly [Container];
  readonly initContainers?: unknown;
  readonly volumes: readonly Volume[];
}

interface Rule {
  readonly ports: readonly { protocol: string; port: string | number }[];
  readonly from?: unknown;
}

type Labels = Readonly<Record<string, string>>;

/** The objects that the chart makes, as far as tests look at them (Kubernetes API, by kind). */
interface Objects {
  readonly ConfigMap: { readonly data: { readonly 'interoffice.yaml': string } };
  readonly Service: {
    readonly metadata: { readonly name: string };
    readonly spec: { selector: Labels; ports: readonly { name: string; port: number; targetPort: string }[] };
  };
  readonly NetworkPolicy: {
    readonly spec: {
      podSelector: { matchLabels: Labels };
      policyTypes: readonly string[];
      ingress: readonly Rule[];
      egress: readonly Rule[];
    };
  };
  readonly StatefulSet: {
    readonly spec: {
      replicas: number;
      serviceName: string;
      selector: { matchLabels: Labels };
      template: { metadata: { labels: Labels; annotations: Labels }; spec: Pod };
      volumeClaimTemplates: readonly { metadata: { name: string } }[];
    };
  };
}

interface Chart extends Objects {
  readonly pod: Pod;
  readonly container: Container;
  readonly settings: Settings;
}

/** Runs the renderer over the chart with these values. */
export function render(values: object): { stdout: string; stderr: string } {
  return inFolder((folder) => {
    const file = path.join(folder, 'values.yaml');
    writeFileSync(file, stringify(values));
    return spawnSync(built('RENDER'), [CHART, file], { encoding: 'utf8' });
  });
}

/** The chart with a domain and these values; throws when it does not render. */
export function rendered(values: object = {}): Chart {
  const { stdout, stderr } = render({ domain: 'corp.example', ...values });
  if (stderr !== '') throw new Error(stderr);
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string });
  const objects = Object.fromEntries(documents.map((document) => [document.kind, document])) as unknown as Objects;
  const pod = objects.StatefulSet.spec.template.spec;
  return { ...objects, pod, container: pod.containers[0], settings: settingsOf(objects.ConfigMap) };
}

/** What the server itself makes of the rendered settings. */
function settingsOf({ data }: Objects['ConfigMap']): Settings {
  return inFolder((folder) => {
    const file = path.join(folder, 'interoffice.yaml');
    writeFileSync(file, data['interoffice.yaml']);
    return loadSettings({ file, environment: {} });
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'chart-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
