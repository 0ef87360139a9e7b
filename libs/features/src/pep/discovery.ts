import type { AccountNodes, Asked } from '@interoffice/routing';
import { type Element, NS, xml } from '@interoffice/wire';
import { askerOf } from './access.js';
import { metadataForm } from './node-config.js';
import type { Reading } from './reading.js';

/** What service discovery tells of nodes to whom. XEP-0060 §5.2 to §5.5, XEP-0163 §6.2 */
export function discovery(reading: Reading): AccountNodes {
  const seen = (asked: Asked, node: string) => reading.find(asked.to.account!, node, asker(asked));
  return {
    info: async (asked, node) => {
      const found = await seen(asked, node);
      return (
        found && [xml('identity', { category: 'pubsub', type: 'leaf' }), pubsubFeature(), metadataForm(found.config)]
      );
    },
    nodes: async (asked) => {
      const jid = asked.to.account!.bare;
      const nodes = await reading.list(asked.to.account!, asker(asked));
      return nodes.map(({ name, config: { title } }) =>
        xml('item', { jid, node: name, ...(title && { name: title }) }),
      );
    },
    items: async (asked, node) => {
      const found = await seen(asked, node);
      const jid = asked.to.account!.bare;
      const items = found && (await reading.items(asked.to.account!, node, { ids: [], max: undefined }));
      return items?.map(({ id }) => xml('item', { jid, name: id }));
    },
  };
}

const pubsubFeature = (): Element => xml('feature', { var: NS.pubsub });
const asker = ({ to, session }: Asked) => askerOf(to.account!, session.account.bare);
