/** The exam of day 3: the attacks of attack.ts, and some more, on your own chat. `npm run exam day3` */
import { exam } from '#kit';
import { ATTACK_TRIALS } from './exam/attacks.ts';
import { PEOPLE_TRIALS } from './exam/people.ts';

exam([...PEOPLE_TRIALS, ...ATTACK_TRIALS]);
