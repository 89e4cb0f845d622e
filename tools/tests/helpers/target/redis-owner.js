// Starts a Redis and never stops it: as a process, or as a worker thread. Reports its address.
import { parentPort } from 'node:worker_threads';
import { tsImport } from 'tsx/esm/api';

/** @type {typeof import('#tools/brokers/redis.ts')} */
const { startRedis } = await tsImport('../../../brokers/redis.ts', import.meta.url);
const { url } = await startRedis();
if (parentPort) parentPort.postMessage(url);
else console.log(`on ${url}`);
