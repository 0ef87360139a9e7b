#!/opt/interoffice/bin/node --initial-heap-size=160
// The `interoffice` command of an installation in /opt/interoffice. Its environment (MALLOC_*) is set by whoever starts
// it, the image or the unit: malloc reads it before Node runs a line. Whole collections begin once there is as much to
// collect, in MiB (docs/decisions/0041).
await import('../apps/ctl/dist/main.js');
