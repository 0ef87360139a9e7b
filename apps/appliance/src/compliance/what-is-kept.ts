import type { Settings } from '@interoffice/config';
import type { XmppServerParts } from '@interoffice/server';

/** What people are told of what is kept of their messages, and what offices say of those that cannot be read. */
export function whatIsKept({ archive, offices }: Settings): Pick<XmppServerParts, 'dataPolicy' | 'encryption'> {
  const { enabled, encryption, notice, noticeUrl: termsUrl } = archive;
  const rules = new Map(offices.map((office) => [office.name, office.encryption]));
  return {
    dataPolicy: { retentionHours: enabled ? undefined : 0, termsUrl, notice },
    encryption: { of: (office) => rules.get(office) ?? encryption },
  };
}
