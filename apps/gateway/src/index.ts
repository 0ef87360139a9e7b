export { CertificateReload, type CertificateReloadParts } from './certificate-reload.js';
export { linkProof } from './link-trust.js';
export { OfficeGateway, type OfficeGatewayParts } from './office-gateway.js';
export { type DomainRecords, publishedRecords } from './records.js';
export { runGateway, startGateway, type GatewayProcessParts, type RunningGateway } from './run.js';
