/** What a learner's code prints. */
import { onCleanUp } from '#kit';

/** What is printed, with whatever method of the console or of a stream, while `work` runs. It is not shown. */
export async function printed(work: () => Promise<void>): Promise<string> {
  const { _stdout, _stderr } = console as unknown as { _stdout: NodeJS.WriteStream; _stderr: NodeJS.WriteStream };
  let text = '';
  const streams = new Set([_stdout, _stderr, process.stdout, process.stderr]);
  const restore = [...streams].map((stream) => {
    const { write } = stream;
    stream.write = (chunk: unknown) => {
      text += String(chunk);
      return true;
    };
    return () => void (stream.write = write);
  });
  const end = () => restore.forEach((one) => one());
  onCleanUp(end);
  await work();
  end();
  return text;
}
