import { exercise } from '#kit';
import { binaryCases } from './helpers/echo-cases.ts';
import { startEcho } from './helpers/start-echo.ts';

exercise('1.5 echo: reply', (check) => binaryCases(check, startEcho));
