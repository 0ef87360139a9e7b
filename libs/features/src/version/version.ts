import { type Feature, get } from '@interoffice/routing';
import { NS, xml } from '@interoffice/wire';

/** Software Version. XEP-0092. The operating system is nobody's business (§4). */
export function version(software: { name: string; version: string }): Feature {
  return {
    name: 'version',
    implements: [{ xep: 92, version: '1.1' }],
    advertises: { server: [NS.version] },
    answers: [
      get('server', NS.version, 'query', () =>
        xml('query', { xmlns: NS.version }, xml('name', {}, software.name), xml('version', {}, software.version)),
      ),
    ],
  };
}
