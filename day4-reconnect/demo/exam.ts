/** The exam of day 4: a network that breaks in every way, and your own client. `npm run exam day4` */
import { exam } from '#kit';
import { CHAOS_TRIALS } from './exam/network.ts';
import { DECISION_TRIALS } from './exam/decisions.ts';

exam([...DECISION_TRIALS, ...CHAOS_TRIALS]);
