/** Servers that end with whoever has started them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let guardian: ChildProcess | undefined;

/** Ends a process when this one is gone, in whatever way: see guard.js, which outlives this one by a moment. It keeps nobody from ending. */
export function guard(child: ChildProcess): void {
  const { pid } = child;
  if (!pid) return; // it could not be started
  tell(String(pid));
  child.on('exit', () => tell(`-${pid}`));
}

function tell(line: string): void {
  if (!guardian) {
    guardian = spawn(process.execPath, [fileURLToPath(new URL('./guard.js', import.meta.url))], {
      stdio: ['pipe', 'ignore', 'ignore'],
      windowsHide: true,
    });
    guardian.unref();
    (guardian.stdin as unknown as { unref(): void }).unref();
    guardian.stdin?.on('error', () => {}); // somebody has ended it
  }
  guardian.stdin?.write(`${line}\n`);
}
