/** A log-in name, taken apart. All of it is lower case, as addresses are. */
export type LoginName =
  | { readonly form: 'login'; readonly login: string }
  /** `CORP\anna` */
  | { readonly form: 'netbios'; readonly netbios: string; readonly login: string }
  /** `anna@corp.example`: a principal, or a mail address. */
  | { readonly form: 'address'; readonly text: string; readonly login: string; readonly suffix: string };

/**
 * Reads what stands before the @ of the address somebody logs in with. An @ or a backslash of their own come as they
 * are or escaped (XEP-0106), as clients that know only addresses send them: `anna\40corp.example`, `corp\5canna`.
 */
export function readLoginName(local: string): LoginName {
  const text = local.replaceAll(/\\(40|5c)/gi, (_, hex: string) => (hex === '40' ? '@' : '\\'));
  const at = text.lastIndexOf('@');
  if (at > 0 && at < text.length - 1)
    return { form: 'address', text, login: text.slice(0, at), suffix: text.slice(at + 1) };
  const slash = text.indexOf('\\');
  if (slash > 0 && slash < text.length - 1)
    return { form: 'netbios', netbios: text.slice(0, slash), login: text.slice(slash + 1) };
  return { form: 'login', login: text };
}
