/** The exam of day 5: your nodes, Redis, and what breaks between them. `npm run exam day5` */
import { exam } from '#kit';
import { BUS_TRIALS } from './exam/bus.ts';
import { CLUSTER_TRIALS } from './exam/cluster.ts';
import { NODE_TRIALS } from './exam/node.ts';

exam([...BUS_TRIALS, ...NODE_TRIALS, ...CLUSTER_TRIALS]);
