/** The process that `npm test` leaves behind: it delivers the reports that wait, says nothing, and soon ends. See tools/run/hand-over.js. */
import { JOINED } from '#tools/run/hand-over.js';
import { deliver } from './member.ts';

await deliver(JOINED);
