/**
 * Who this tab is. `?name=Ann` in the address says so, or else the page chooses a name. A reload keeps the person, and another tab is
 * another person, so that one browser is enough to try the chat.
 */
const KEY = 'day4-reconnect me';

export interface Me {
  name: string;
  /** what the last page of this tab got from the server, until this one has used it */
  renewal?: string;
}

export const me: Me = whoWasI();

/** Keeps who this is for a reload. @param renewal to be exchanged for the next token */
export function remember(renewal: string): void {
  sessionStorage.setItem(KEY, JSON.stringify({ name: me.name, renewal }));
}

/** Takes another name. The next token has it, and it stays after a reload. */
export function rename(name: string): void {
  me.name = name;
  const kept = remembered();
  if (kept) sessionStorage.setItem(KEY, JSON.stringify({ ...kept, name }));
  history.replaceState(null, '', `?${new URLSearchParams({ name })}`);
}

function whoWasI(): Me {
  const wanted = new URLSearchParams(location.search).get('name')?.trim();
  const kept = remembered();
  if (kept && (!wanted || wanted === kept.name)) return kept;
  return { name: wanted || `Guest ${1 + Math.floor(Math.random() * 999)}` };
}

function remembered(): Me | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
