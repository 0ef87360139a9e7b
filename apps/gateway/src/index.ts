export { linkProof } from './link-trust.js';
export { OfficeGateway, type OfficeGatewayParts } from './office-gateway.js';
export { runGateway, startGateway, type GatewayProcessParts, type RunningGateway } from './run.js';
