import { type Element, formElement } from '@interoffice/wire';

const FORM_TYPE = 'urn:xmpp:data-policy:0';

/** What a company tells everybody who uses its server about what is kept. */
export interface DataPolicy {
  /** At most so many hours; undefined: until somebody decides otherwise. 0: nothing is kept. */
  readonly retentionHours: number | undefined;
  /** Where the rules of the company stand. */
  readonly termsUrl: string | undefined;
  /** In its own words; undefined: ours. */
  readonly notice: string | undefined;
}

const KEPT =
  'Everything that is said here is recorded before it is delivered and kept for the company’s legal duties. Compliance officers may read it for a reason, and who has read what is kept as well.';
const NOT_KEPT = 'This server keeps nothing of what is said: it was started for measurements.';

/** The form with which the server says what it keeps, how long, and who may read it. XEP-0504 §4 */
export function dataPolicyForm({ retentionHours, termsUrl, notice }: DataPolicy): Element {
  const isKept = retentionHours !== 0;
  const no = (name: string) => ({ name, type: 'boolean' as const, values: ['false'] });
  return formElement({
    type: 'result',
    formType: FORM_TYPE,
    fields: [
      {
        name: 'data_retention',
        type: 'text-single',
        values: [retentionHours === undefined ? 'infinite' : String(retentionHours)],
      },
      no('data_deletion'),
      no('encryption_at_rest'),
      no('data_export'),
      no('full_erasure'),
      { name: 'access_policy', type: 'list-multi', values: [isKept ? 'organization_member' : 'none'] },
      ...(termsUrl === undefined ? [] : [{ name: 'tos', type: 'text-single' as const, values: [termsUrl] }]),
      { name: 'extra_info', type: 'text-multi', values: (notice ?? (isKept ? KEPT : NOT_KEPT)).split('\n') },
    ],
  });
}
