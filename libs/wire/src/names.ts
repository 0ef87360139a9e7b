const START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
const FOLLOWING = `${START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}`;

const NC_NAME = new RegExp(`^[${START}][${FOLLOWING}]*$`, 'u');
const ASCII_NC_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** True for a name without a colon as XML 1.0 (5th edition) §2.3 and Namespaces in XML §3 allow it. */
export function isNcName(name: string): boolean {
  return ASCII_NC_NAME.test(name) || NC_NAME.test(name);
}
