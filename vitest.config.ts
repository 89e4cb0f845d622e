import { defineConfig } from 'vitest/config';

// For a plain `npx vitest` and for editors: the learner's own files. An exercise that isn't written is one line, "skipped". The
// output of code is shown if a check fails. The commands in tools/ bring their own configuration.
export default defineConfig({
  test: { include: ['day*-*/tests/*.test.ts'], pool: 'threads', isolate: false, silent: 'passed-only' },
  cacheDir: '.course/vite',
});
