// Ends servers when the process that started them is gone, however it ended: the pipe from that process closes even after a SIGKILL,
// and when a worker thread is ended. A line is the id of a server's process. A minus in front means that it has ended by itself.
import { createInterface } from 'node:readline';

/** @type {Set<number>} */
const pids = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {}); // it waits until its pipe is closed

createInterface({ input: process.stdin })
  .on('line', (line) => (line.startsWith('-') ? pids.delete(-Number(line)) : pids.add(Number(line))))
  .on('close', () => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL'); // it has nothing to save, and a frozen process ignores other signals
      } catch {} // it has just ended
    }
    process.exit();
  });
