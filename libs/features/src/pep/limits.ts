/** What one account may publish. Names and ids are keys of an index, whose entries have a bound of their own. */
export const MOST_NODES = 200;
export const MOST_NAME_BYTES = 1023;
export const MOST_ITEM_BYTES = 65_536;
/** Of all items of a node: they are answered in one stanza. */
export const MOST_NODE_BYTES = 2_097_152;
export const MOST_ACCOUNT_BYTES = 16_777_216;
