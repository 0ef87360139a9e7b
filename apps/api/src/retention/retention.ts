import type { DisposalCertificates, RetentionPreviews, RetentionRules } from '@interoffice/archive';

/** What the API needs of retention. */
export interface Retention {
  readonly rules: RetentionRules;
  readonly previews: RetentionPreviews;
  readonly certificates: DisposalCertificates;
}
