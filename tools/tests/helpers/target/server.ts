import { listen, pageServer } from '#tools/serve.ts';

// Its page imports an exercise: whose, is what serve.test.ts asks.
await listen(pageServer(import.meta.url), { name: 'A test’s server' });
