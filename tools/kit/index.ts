/** The test kit: everything that an exercise suite needs. `import { exercise, connect, … } from '#kit'`. */
export { exercise, note, show, thrownBy } from './exercise.ts';
export { exam, type Trial } from './exam.ts';
export { fail, Finding, onCleanUp } from './running.ts';
export { load } from './load.ts';
export { serve, serveTcp, type Served } from './serve.ts';
export { connect, Client, type Message } from './client.ts';
export { rawConnect, RawPeer, frame } from './raw.ts';
export { within } from './within.ts';
export { fakeClock } from './clock.ts';
export { without } from './without.ts';
export { expect } from 'vitest';
