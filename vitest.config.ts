import { defineConfig } from 'vitest/config';

// For a plain `npx vitest` and for editors: the learner's own files. The commands in tools/ bring their own configuration.
export default defineConfig({
  test: { include: ['day*-*/tests/*.test.ts'], pool: 'threads', isolate: false },
  cacheDir: '.course/vite',
});
