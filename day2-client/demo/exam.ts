/** The exam of day 2: a server that misbehaves in every way, and your own client. `npm run exam day2` */
import { exam } from '#kit';
import { CONNECTION_TRIALS } from './exam/connection.ts';
import { MESSAGE_TRIALS } from './exam/messages.ts';

exam([...CONNECTION_TRIALS, ...MESSAGE_TRIALS]);
