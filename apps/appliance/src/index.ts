export { Appliance, type ApplianceOptions, type Ready } from './appliance.js';
export { runAppliance, type RunOptions } from './run.js';
export { migrateDatabase, prepareDatabase } from './storage.js';
export { offlineCertificateOperations } from './certificates/offline.js';
