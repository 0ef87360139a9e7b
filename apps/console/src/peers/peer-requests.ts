import {
  GatewayList,
  PeerContacts,
  PeerDetail,
  PeerTest,
  PeerTraffic,
  type PeerTrafficQuery,
  type PolicyExplainQuery,
  PolicyExplanation,
  PolicyReload,
  PolicyState,
  TurnedAwayList,
} from '@interoffice/contract';
import { ask } from '../http.js';

/** How many of those who were turned away are shown. */
export const MOST_TURNED_AWAY = 50;

/** Tries now; what becomes of it stands among the peer's attempts. */
export function retryPeer(domain: string): Promise<PeerDetail> {
  return ask(PeerDetail, `/peers/${encodeURIComponent(domain)}/retry`, { method: 'POST' });
}

/** The whole way to a peer, and back: how far each try came. */
export function testPeer(domain: string): Promise<PeerTest> {
  return ask(PeerTest, `/peers/${encodeURIComponent(domain)}/test`, { method: 'POST' });
}

/** The latest first. */
export function turnedAway(): Promise<TurnedAwayList> {
  return ask(TurnedAwayList, '/peers/turned-away', { query: { sort: '-at', range: `0-${MOST_TURNED_AWAY - 1}` } });
}

/** In the order of the settings. */
export function gateways(): Promise<GatewayList> {
  return ask(GatewayList, '/peers/gateways');
}

export function explainPolicy(query: PolicyExplainQuery): Promise<PolicyExplanation> {
  return ask(PolicyExplanation, '/policy/explain', { query: { ...query } });
}

/** Which version of the rules holds; FEDERATION_OFF where there are none. */
export function policyState(): Promise<PolicyState> {
  return ask(PolicyState, '/policy');
}

/** Has the settings file read again; its rules hold at once. */
export function reloadPolicy(): Promise<PolicyReload> {
  return ask(PolicyReload, '/policy/reload', { method: 'POST' });
}

/** What went to and from a peer within the last hours. */
export function peerTraffic(domain: string, hours: PeerTrafficQuery['hours']): Promise<PeerTraffic> {
  return ask(PeerTraffic, `/peers/${encodeURIComponent(domain)}/traffic`, { query: { hours } });
}

/** Whom to write to about a peer, as its server says now. */
export function peerContacts(domain: string): Promise<PeerContacts> {
  return ask(PeerContacts, `/peers/${encodeURIComponent(domain)}/contacts`, { method: 'POST' });
}
