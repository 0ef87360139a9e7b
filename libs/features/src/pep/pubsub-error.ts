import { type AppCondition, NS } from '@interoffice/wire';

/** The condition of PubSub's own that goes with an error. XEP-0060 §11 */
export function pubsub(
  name: string,
  attrs?: Readonly<Record<string, string>>,
): { readonly appCondition: AppCondition } {
  return { appCondition: { name, xmlns: NS.pubsubErrors, attrs } };
}
