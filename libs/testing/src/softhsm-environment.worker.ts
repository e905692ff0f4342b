import { workerData } from 'node:worker_threads';

// Jest gives specs a copy of process.env that C's getenv never sees. A worker that shares the parent's environment
// writes to the real one.
const { configurationFile } = workerData as { readonly configurationFile: string };
process.env['SOFTHSM2_CONF'] = configurationFile;
