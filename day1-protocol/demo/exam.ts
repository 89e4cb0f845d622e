/** The exam of day 1: rude frames and silent peers, against your own code. `npm run exam day1` */
import { exam } from '#kit';
import { FRAME_TRIALS } from './exam/frames.ts';
import { SERVER_TRIALS } from './exam/server.ts';

exam([...FRAME_TRIALS, ...SERVER_TRIALS]);
