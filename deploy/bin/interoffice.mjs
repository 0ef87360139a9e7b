#!/opt/interoffice/bin/node
// The `interoffice` command of an installation in /opt/interoffice. Its environment (MALLOC_*) is set by whoever starts
// it, the image or the unit: malloc reads it before Node runs a line.
await import('../apps/ctl/dist/main.js');
