import { Chalk } from 'chalk';

/** Colours for a terminal. It adds none if the output isn't a terminal, or if NO_COLOR (no-color.org) is set. */
export const colour = new Chalk(process.env.NO_COLOR ? { level: 0 } : {});
