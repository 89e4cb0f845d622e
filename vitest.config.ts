import { defineConfig } from 'vitest/config';

// For a plain `npx vitest` and for editors: the learner's own files. An exercise that isn't written is one line, "skipped"; what code
// prints is shown where a check fails. The commands in tools/ bring their own configuration.
export default defineConfig({
  test: { include: ['day*-*/tests/*.test.ts'], pool: 'threads', isolate: false, silent: 'passed-only' },
  cacheDir: '.course/vite',
});
