// What npm's scripts start: `node tools/course.cjs test day1`. This one file is CommonJS, because Node can't load an ES module
// from a folder with a backslash in its name.
const { enableCompileCache } = require('node:module');
const { dirname, sep } = require('node:path');

if (sep === '/' && __dirname.includes('\\')) {
  console.error(`The path of this folder has a \\ in it, and the course can't run there: ${dirname(__dirname)}
Move the course to a folder without \\ in its path.`);
  process.exitCode = 1;
} else {
  if (enableCompileCache) enableCompileCache(); // from Node 22 on: what was compiled once is kept, so each command starts faster
  import('./course.js');
}
