#!/opt/interoffice/bin/node
// The health check of the image: exit 0 while /live answers. Kubernetes asks over HTTP itself.
const { INTEROFFICE_LISTEN__METRICS: at = '127.0.0.1:9095' } = process.env;
const address = at.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
const answer = await fetch(`http://${address}/live`, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
