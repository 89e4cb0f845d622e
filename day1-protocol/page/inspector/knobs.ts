import { build, buildFragments, type Plan } from './build.ts';
import { find, make } from './dom.ts';
import { offerFocus } from './explorer.ts';
import { hexLine, unwrittenLine, viewFrame } from './show-frame.ts';

const form = find<HTMLFormElement>('knobs');
const button = find<HTMLButtonElement>('send-frame');
let key = newKey();

/** Makes the form with which one builds a frame, and the two buttons that use a connection of the server to itself. */
export function startKnobs(id: string, status: (words: string, isBad?: boolean) => void): void {
  const post = async (path: string, body?: Uint8Array<ArrayBuffer>): Promise<void> => {
    const response = await fetch(`/inspector/${path}?watch=${id}`, { method: 'POST', body }).catch(() => undefined);
    if (response?.status === 429) status('There are five silent peers already.');
    else if (response?.ok) status('');
  };
  form.addEventListener('input', preview);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const frames = plannedFrames();
    if (typeof frames === 'string') return;
    void post('frames', Uint8Array.from(frames.flatMap((frame) => [...frame])));
    key = newKey();
    preview();
  });
  find('silent').addEventListener('click', () => void post('silent'));
  preview();
}

/** Shows the bytes that would be sent, as the learner's functions read them. */
function preview(): void {
  const frames = plannedFrames();
  button.disabled = typeof frames === 'string';
  const rows =
    typeof frames === 'string'
      ? [make('p', 'remark wrong', frames)]
      : frames.map((frame) => {
          const { title, body, verdict, unwritten } = viewFrame(frame, 'client');
          const head = make('div', 'row-head', make('span', 'title', title), ...(verdict ? [verdict] : []));
          return make('div', 'row client', head, ...(unwritten ? [hexLine(frame), unwrittenLine()] : body));
        });
  find('preview').replaceChildren(...rows);
  offerFocus(find('preview'));
}

/** The frames that the knobs describe, or the reason why they describe none. */
function plannedFrames(): Uint8Array[] | string {
  const data = new FormData(form);
  const text = String(data.get('payload'));
  const payload = data.get('written') === 'hex' ? fromHex(text) : new TextEncoder().encode(text);
  if (!payload) return 'Write bytes as pairs of hexadecimal digits, such as: 48 69';
  const plan: Plan = {
    opcode: Number(data.get('opcode')),
    fin: data.has('fin'),
    rsv1: data.has('rsv1'),
    key: data.has('mask') ? key : undefined,
    form: Number(data.get('form')) as Plan['form'],
    payload,
  };
  if (plan.form === 0 && payload.length > 125)
    return `Seven bits can say up to 125. The payload has ${payload.length} bytes: choose a longer form of the length.`;
  return data.has('fragments') ? buildFragments(plan) : [build(plan)];
}

function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function newKey(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(4));
}
