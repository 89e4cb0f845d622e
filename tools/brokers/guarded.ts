/** Servers that end together with the process that started them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

let guardian: ChildProcess | undefined;

/** Ends a process when this one is gone, however it ended. guard.js does it, and lives a moment longer. It doesn't keep this process alive. */
export function guard(child: ChildProcess): void {
  const { pid } = child;
  if (!pid) return; // it could not be started
  tell(String(pid));
  child.on('exit', () => tell(`-${pid}`));
}

/** Removes a temporary folder when this process is gone, however it ended, and after the processes that `guard` ends. */
export const guardFolder = (path: string): void => tell(`folder ${path}`);

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
