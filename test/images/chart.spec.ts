import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CHART, render, rendered } from './rendered.js';

const read = (file: string): unknown => parse(readFileSync(path.join(CHART, file), 'utf8'));

describe('the chart', () => {
  it('renders settings that the server understands, for one data directory on a volume', () => {
    const { settings, StatefulSet, container } = rendered();
    expect(settings.domains).toEqual(['corp.example']);
    expect(settings.dataDir).toBe('/data');
    expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
    expect(StatefulSet.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual(['data']);
    expect(StatefulSet.spec.replicas).toBe(1);
  });

  it('listens, exposes and serves the same ports', () => {
    const { settings, Service, container, NetworkPolicy } = rendered({
      listen: { s2s: 5269, 's2s-tls': 5270, 'c2s-tls': false },
    });
    const { c2s, c2sTls, https, metrics, s2s, s2sTls } = settings.listen;
    const listening = Object.entries({ c2s, https, metrics, s2s, 's2s-tls': s2sTls }).map(([name, at]) => [
      name,
      at && at.port,
    ]);
    expect(c2sTls).toBe(false);
    expect(container.ports.map(({ name, containerPort }) => [name, containerPort])).toEqual(listening);
    expect(Service.spec.ports.map(({ name, port, targetPort }) => [name, port, targetPort])).toEqual([
      ['c2s', 5222, 'c2s'],
      ['https', 443, 'https'],
      ['s2s', 5269, 's2s'],
      ['s2s-tls', 5270, 's2s-tls'],
    ]);
    expect(NetworkPolicy.spec.ingress[0]!.ports.map(({ port }) => port)).toEqual(['c2s', 'https', 's2s', 's2s-tls']);
  });

  it('keeps the metrics port inside, where the probes find it', () => {
    const { Service, container, NetworkPolicy } = rendered();
    expect(Service.spec.ports.map(({ name }) => name)).not.toContain('metrics');
    expect(JSON.stringify(NetworkPolicy.spec.ingress)).not.toContain('metrics');
    expect(container.livenessProbe.httpGet).toEqual({ path: '/live', port: 'metrics' });
    expect(container.startupProbe.httpGet).toEqual({ path: '/live', port: 'metrics' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/ready', port: 'metrics' });
    const monitored = rendered({ networkPolicy: { monitoring: [{ podSelector: {} }] } });
    expect(monitored.NetworkPolicy.spec.ingress[1]).toEqual({
      ports: [{ protocol: 'TCP', port: 'metrics' }],
      from: [{ podSelector: {} }],
    });
  });

  // H-01
  it('asks for nothing that the "restricted" Pod Security Standard forbids', () => {
    const { pod, container } = rendered({ secretName: 'passwords', tlsSecretName: 'certificate' });
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10_001,
      fsGroup: 10_001,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toEqual({
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.containers).toHaveLength(1);
    for (const forbidden of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers', 'ephemeralContainers']) {
      expect(pod).not.toHaveProperty(forbidden);
    }
    expect(container.ports.filter((port) => 'hostPort' in port)).toEqual([]);
    const kinds = pod.volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
    expect(new Set(kinds)).toEqual(new Set(['configMap', 'emptyDir', 'secret']));
  });

  // H-01
  it('leaves user and group to OpenShift when told so', () => {
    const { pod } = rendered({ runAsUser: null, fsGroup: null });
    expect(pod.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  });

  // H-02
  it('writes to its data and to volumes of limited size only', () => {
    const { pod, container } = rendered();
    const limits = pod.volumes.flatMap(({ emptyDir }) => (emptyDir ? [emptyDir.sizeLimit] : []));
    expect(limits).toEqual(['256Mi', '256Mi']);
    const writable = container.volumeMounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/data', '/tmp', '/dev/shm']);
  });

  // H-04
  it('hands over secrets as files that only their reader can read', () => {
    const { pod, container, settings } = rendered({ secretName: 'passwords', tlsSecretName: 'certificate' });
    expect(pod.volumes.flatMap(({ secret }) => (secret ? [[secret.secretName, secret.defaultMode]] : []))).toEqual([
      ['passwords', 0o400],
      ['certificate', 0o400],
    ]);
    expect(container).not.toHaveProperty('env');
    expect(container).not.toHaveProperty('envFrom');
    expect(settings.certificate).toEqual({
      certificate: '/run/secrets/tls/tls.crt',
      key: '/run/secrets/tls/tls.key',
    });
  });

  it('denies the network but for clients, names and what the values allow', () => {
    const rule = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 636 }] };
    const { spec } = rendered({
      networkPolicy: { egress: [rule], clients: [{ namespaceSelector: {} }] },
    }).NetworkPolicy;
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress.map(({ from }) => from)).toEqual([[{ namespaceSelector: {} }]]);
    expect(spec.egress).toHaveLength(2);
    expect(spec.egress[0]!.ports.map(({ port }) => port)).toEqual([53, 53]);
    expect(spec.egress[1]).toEqual(rule);
  });

  it('passes further settings on and restarts the pod when they change', () => {
    const open = rendered({ settings: { registration: true } });
    expect(open.settings.registration).toBe(true);
    const checksum = ({ StatefulSet }: typeof open) =>
      StatefulSet.spec.template.metadata.annotations['checksum/settings'];
    expect(checksum(open)).not.toBe(checksum(rendered()));
  });

  it('describes every value in its schema, and no other', () => {
    const { properties, additionalProperties } = read('values.schema.json') as {
      properties: object;
      additionalProperties: boolean;
    };
    const known = Object.keys(properties).filter((name) => name !== 'global');
    expect(known.sort()).toEqual(Object.keys(read('values.yaml') as object).sort());
    expect(additionalProperties).toBe(false);
  });

  it('refuses to render without a domain, with a sentence', () => {
    expect(render({}).stderr).toContain('domain is missing');
  });

  it('selects with the labels that the pods carry', () => {
    const { StatefulSet, Service, NetworkPolicy } = rendered();
    const { labels } = StatefulSet.spec.template.metadata;
    expect(StatefulSet.spec.selector.matchLabels).toEqual(labels);
    expect(Service.spec.selector).toEqual(labels);
    expect(NetworkPolicy.spec.podSelector.matchLabels).toEqual(labels);
    expect(StatefulSet.spec.serviceName).toBe(Service.metadata.name);
  });
});
