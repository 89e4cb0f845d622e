/** What the stand-in answers to each command, in Redis 7.0's own words. https://redis.io/docs/latest/commands/ */
import {
  array,
  bulk,
  error,
  integer,
  map,
  nothing,
  push,
  readInteger,
  status,
  type Protocol,
} from '#tools/brokers/stand-in/resp.ts';

/** One connection, as the commands see it. */
export interface Session {
  readonly id: number;
  protocol: Protocol;
  /** empty: none was set */
  name: string;
  /** the names as latin1: one character per byte, so any bytes can be a name */
  readonly channels: Set<string>;
  send: (bytes: Buffer) => void;
  /** ends the connection once everything is sent */
  leave: () => void;
}

/** `HELLO` answers with this version, so a client can tell that it isn't talking to Redis. */
export const STAND_IN_VERSION = '7.0.0-stand-in';

interface Command {
  /** how many words it has, including its name; negative: at least that many. As in Redis's COMMAND INFO */
  arity: number;
  run: (session: Session, args: Buffer[], everyone: Iterable<Session>) => void;
}

const commands: Record<string, Command> = {
  ping: { arity: -1, run: ping },
  hello: { arity: -1, run: hello },
  quit: { arity: -1, run: quit },
  subscribe: { arity: -2, run: subscribe },
  unsubscribe: { arity: -1, run: unsubscribe },
  publish: { arity: 3, run: publish },
  client: { arity: -2, run: () => {} },
  'client|id': { arity: 2, run: (session) => session.send(integer(session.id)) },
  'client|getname': {
    arity: 2,
    run: (session) => session.send(session.name ? bulk(session.name) : nothing(session.protocol)),
  },
  'client|setname': { arity: 3, run: (session, [, name]) => session.send(setName(session, name) ?? status('OK')) },
};
const WHILE_SUBSCRIBED = ['ping', 'quit', 'subscribe', 'unsubscribe'];

/**
 * Answers one command.
 *
 * @param words the command's name and its arguments; at least one
 * @param everyone all connections, this one among them
 */
export function execute(session: Session, words: Buffer[], everyone: Iterable<Session>): void {
  const [verb, sub] = words.map(text);
  const isClient = verb.toLowerCase() === 'client' && sub !== undefined;
  const name = (isClient ? `${verb}|${sub}` : verb).toLowerCase();
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command)
    return session.send(
      isClient ? error(`ERR unknown subcommand '${shown(words[1])}'. Try CLIENT HELP.`) : unknown(words),
    );
  const { arity, run } = command;
  if (arity < 0 ? words.length < -arity : words.length !== arity) return session.send(wrongNumber(name));
  // In RESP2 a reply looks like a message. So while messages may come, only these commands are allowed.
  if (session.protocol === 2 && session.channels.size > 0 && !WHILE_SUBSCRIBED.includes(name)) {
    return session.send(
      error(
        `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      ),
    );
  }
  run(session, words.slice(1), everyone);
}

function ping(session: Session, args: Buffer[]): void {
  if (args.length > 1) return session.send(wrongNumber('ping'));
  if (session.protocol === 2 && session.channels.size > 0)
    return session.send(array([bulk('pong'), bulk(args[0] ?? '')]));
  session.send(args.length === 0 ? status('PONG') : bulk(args[0]));
}

/** `HELLO [2 | 3 [AUTH user password] [SETNAME name]]`. The one user is `default`, and any password is right: none was set. */
function hello(session: Session, [wanted, ...options]: Buffer[]): void {
  const version = wanted && readInteger(text(wanted));
  if (wanted && version === undefined)
    return session.send(error('ERR Protocol version is not an integer or out of range'));
  if (wanted && version !== 2 && version !== 3) return session.send(error('NOPROTO unsupported protocol version'));
  while (options.length > 0) {
    const option = text(options.shift()!);
    if (option.toUpperCase() === 'AUTH' && options.length >= 2) {
      const [user] = options.splice(0, 2);
      if (text(user) !== 'default')
        return session.send(error('WRONGPASS invalid username-password pair or user is disabled.'));
    } else if (option.toUpperCase() === 'SETNAME' && options.length >= 1) {
      const refused = setName(session, options.shift()!);
      if (refused) return session.send(refused);
    } else return session.send(error(`ERR Syntax error in HELLO option '${option}'`));
  }
  if (version) session.protocol = version as Protocol;
  const fields = {
    server: 'redis',
    version: STAND_IN_VERSION,
    proto: session.protocol,
    id: session.id,
    mode: 'standalone',
    role: 'master',
  };
  const items = Object.entries(fields).flatMap(([field, value]) => [
    bulk(field),
    typeof value === 'number' ? integer(value) : bulk(value),
  ]);
  session.send(map(session.protocol, [...items, bulk('modules'), array([])]));
}

function quit(session: Session): void {
  session.send(status('OK'));
  session.leave();
}

function subscribe(session: Session, names: Buffer[]): void {
  for (const name of names) {
    session.channels.add(text(name));
    session.send(push(session.protocol, [bulk('subscribe'), bulk(name), integer(session.channels.size)]));
  }
}

function unsubscribe(session: Session, names: Buffer[]): void {
  const { protocol, channels } = session;
  const all = names.length > 0 ? names : [...channels].map((name) => Buffer.from(name, 'latin1'));
  for (const name of all) {
    channels.delete(text(name));
    session.send(push(protocol, [bulk('unsubscribe'), bulk(name), integer(channels.size)]));
  }
  if (all.length === 0) session.send(push(protocol, [bulk('unsubscribe'), nothing(protocol), integer(0)]));
}

function publish(session: Session, [channel, payload]: Buffer[], everyone: Iterable<Session>): void {
  const message = [bulk('message'), bulk(channel), bulk(payload)];
  const hearing = [...everyone].filter(({ channels }) => channels.has(text(channel)));
  for (const one of hearing) one.send(push(one.protocol, message));
  session.send(integer(hearing.length));
}

/** Turns any bytes into a string, one character per byte. The way back gives the same bytes. */
function text(bytes: Buffer): string {
  return bytes.toString('latin1');
}

/** Sets the name of a connection; an empty one removes it. @returns the error if the name isn't allowed */
function setName(session: Session, name: Buffer): Buffer | undefined {
  if (!/^[!-~]*$/.test(text(name)))
    return error('ERR Client names cannot contain spaces, newlines or special characters.');
  session.name = text(name);
  return undefined;
}

function wrongNumber(name: string): Buffer {
  return error(`ERR wrong number of arguments for '${name}' command`);
}

/** Redis shows 128 bytes of the name, and about as many of all arguments together. */
function unknown([verb, ...args]: Buffer[]): Buffer {
  let list = '';
  for (const arg of args) if (list.length < 128) list += `'${shown(arg, 128 - list.length)}' `;
  return error(`ERR unknown command '${shown(verb)}', with args beginning with: ${list}`);
}

/** As C prints it: up to the first zero byte. */
function shown(bytes: Buffer, most = 128): string {
  return text(bytes).split('\0')[0].slice(0, most);
}
