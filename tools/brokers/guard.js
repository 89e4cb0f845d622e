// Ends the servers that it is told of when whoever told it is gone, in whatever way: the pipe closes even after a SIGKILL, and
// when a worker thread is ended. A line names a process, and with a minus in front one that has ended.
import { createInterface } from 'node:readline';

/** @type {Set<number>} */
const pids = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // they are meant for the others: it waits for its pipe

createInterface({ input: process.stdin })
  .on('line', (line) => (line.startsWith('-') ? pids.delete(-Number(line)) : pids.add(Number(line))))
  .on('close', () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL'); // nothing to save, and a frozen one takes no other
      } catch {} // it has just ended
    }
    process.exit();
  });
