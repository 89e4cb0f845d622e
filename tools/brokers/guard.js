// Ends servers when the process that started them is gone, however it ended: the pipe from that process closes even after a SIGKILL,
// and when a worker thread is ended. A line is the id of a server's process. A minus in front means that it has ended by itself.
// A line with `folder ` in front is a temporary folder: it is removed after the servers have been killed.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** @type {Set<number>} */
const pids = new Set();
/** @type {string[]} */
const folders = [];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // it waits until its pipe is closed

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('folder ')) folders.push(line.slice('folder '.length));
    else if (line.startsWith('-')) pids.delete(-Number(line));
    else pids.add(Number(line));
  })
  .on('close', () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL'); // it has nothing to save, and a frozen process ignores other signals
      } catch {} // it has just ended
    }
    for (const folder of folders) {
      try {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 }); // a server that is just ending may still write there
      } catch {} // the system cleans its temporary folder, too
    }
    process.exit();
  });
