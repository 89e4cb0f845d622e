import { reply } from '#day1/echo.ts';

console.log(reply);
