/** @type {import('../../run/catalogue.js').Day} */
export default {
  number: 3,
  folder: 'day3-chat',
  title: 'A chat',
  exercises: [
    {
      id: '3.1',
      name: 'parseMessage',
      file: 'protocol.ts',
      minutes: 7,
      lesson: 'parsing-what-a-client-sends',
      goal: 'Turn the text of a message into a valid message, or into an error that says what is wrong. Never throw.',
      see: 'On your page, open the console (F12). Send the text x, as the lesson shows under "Try it". Before: your server crashes. After: it keeps running. Do this before you write 3.7: once 3.7 works, the browser reports "HTTP Authentication failed", and x is never sent.',
      why: 'Anyone with a browser console can send any text. If JSON.parse throws in a message listener and nobody catches it, the process ends, and everybody is disconnected.',
      hints: [
        'Two things can go wrong: the text may not be JSON, and the value may not fit the schema. Which of the two functions in the box throws, and which one returns its error?',
        'Put JSON.parse alone into a try block, and return the invalid-json error from its catch. clientMessage.safeParse(value) never throws. If it succeeds, return its `data`, not the value that came in: `data` has only the fields of the schema, and names are trimmed. If it fails, error.issues[0].message says what is wrong.',
        `let json: unknown;
try {
  json = JSON.parse(raw);
} catch {
  return { type: 'error', code: 'invalid-json', message: 'This is not JSON.' };
}
const parsed = clientMessage.safeParse(json);
if (parsed.success) return parsed.data;
return { type: 'error', code: 'invalid-message', message: parsed.error.issues[0].message };`,
      ],
    },
    {
      id: '3.2',
      name: 'Chat.join',
      file: 'chat.ts',
      minutes: 7,
      lesson: 'joining-the-snapshot-comes-first',
      goal: 'When a connection joins a room, send it the state of the room first, and then tell the others that somebody new is there.',
      see: 'Enter your chat. Before: "Here now: 0". After: the list has your name, and a second person sees that you have joined.',
      why: 'A page needs the state of the room before it can apply changes to it. And a second tab is not a second person: if you announce each tab, one person is in the list twice.',
      hints: [
        'Follow the three steps of the TODO in their order. What does this.rooms.has return before the connection is added, and what does it return afterwards?',
        'Ask this.rooms.has(room, userId) before this.rooms.add: afterwards it is always true. After add, this.rooms.users(room) is the list for `init`, with the new user in it. Send `init` with member.send. For `joined`, use this.deliver with the userId as third argument: that leaves out all tabs of this user.',
        `const { user } = member;
const isNew = !this.rooms.has(room, user.userId);
this.rooms.add(room, member);
member.send({ type: 'init', room, userId: user.userId, onlineUsers: this.rooms.users(room) });
if (isNew) this.deliver(room, { type: 'joined', ...user }, user.userId);`,
      ],
    },
    {
      id: '3.3',
      name: 'Chat.broadcast',
      file: 'chat.ts',
      minutes: 3,
      lesson: 'broadcasting-once',
      goal: 'Send a message to every connection in a room except those of one user, and make its JSON only once.',
      see: 'With 3.2 written, enter as Bob in a second tab. Before: his own page says "Bob has joined", too. After: only the others see it.',
      why: 'A message to a room of a thousand people is sent a thousand times, but its text is always the same. Making it a thousand times takes time in which the server does nothing else.',
      hints: [
        'What is the same for every connection, and what is different? Only the second part belongs in the loop.',
        'Call JSON.stringify(message) once, before the loop, and pass the string to member.send. `except` is a userId: skip a connection if its member.user.userId is the same. `return` would end the whole loop. member.send never throws, so one broken connection does no harm.',
        `const text = JSON.stringify(message);
for (const member of this.rooms.members(room)) {
  if (member.user.userId !== except) member.send(text);
}`,
      ],
    },
    {
      id: '3.4',
      name: 'Chat.setName',
      file: 'chat.ts',
      minutes: 3,
      lesson: 'a-new-name-everywhere',
      goal: 'Give a user a new name in all tabs, and tell everyone in all rooms that the user is in.',
      see: 'Change your name on your page. Before: nothing happens. After: all pages say "Ann is now called Anna".',
      why: 'If the name was copied when the connection opened, every later message still has the old one. And a user with tabs in two rooms has a new name in both of them.',
      hints: [
        'Where is the name kept, so that all tabs of a user read the same one? And in how many rooms may that user be?',
        'All tabs share the object member.user: set its `name`. this.rooms.of(userId) returns the rooms that the user is in, each once. Deliver `renamed` to each of them, without a third argument: the user gets it, too. Change the name first, so that the message has the new one.',
        `member.user.name = name;
for (const room of this.rooms.of(member.user.userId)) this.deliver(room, { type: 'renamed', ...member.user });`,
      ],
    },
    {
      id: '3.5',
      name: 'Chat.leave',
      file: 'chat.ts',
      minutes: 5,
      lesson: 'leaving-exactly-once',
      goal: "Take a connection out of its room, and tell the others if it was the user's last one there.",
      see: 'With 3.2 written, close the tab of a second person. Before: they stay in your list, as a ghost. After: "Bob has left".',
      why: 'A connection that breaks may report it several times. And one closed tab is not a person who leaves. If you get this wrong, the list shows people who are gone, or hides people who are there.',
      hints: [
        'What do you have to know about the connection after you have taken it out of its room? And what does this.rooms.has return before that, and after it?',
        'If member.room is undefined, return: there is nothing to do. Keep the room in a variable, because this.rooms.remove(member) sets member.room to undefined. After that, this.rooms.has(room, userId) says whether another tab of the user is still there. If not, deliver `left`.',
        `const { room, user } = member;
if (room === undefined) return;
this.rooms.remove(member);
if (!this.rooms.has(room, user.userId)) this.deliver(room, { type: 'left', ...user }, user.userId);`,
      ],
    },
    {
      id: '3.6',
      name: 'allowedOrigin',
      file: 'auth.ts',
      minutes: 6,
      lesson: 'who-may-connect-origin',
      goal: "Decide which handshakes may continue: those from your own pages, from pages on your list, and from programs that aren't browsers.",
      see: "Open http://127.0.0.1:8080 and type new WebSocket('ws://localhost:8080') in its console. Before: no complaint. After: the browser reports 403.",
      why: "CORS does not apply to WebSocket handshakes: a page of any other site can try to connect to your server from its visitor's browser. Only your server can refuse, and the header Origin tells it which page is asking.",
      hints: [
        'There are three cases in which the answer is true. Write them down one after the other. Which of the values that Origin can have is not a URL?',
        "new URL(origin).host is the host and port, without the scheme: compare it with `host` as a whole. It throws if the text isn't a URL, and 'null' isn't one: ask URL.canParse(origin) first. startsWith, endsWith and includes let other sites in. Compare listed origins as texts, with listed.includes(origin).",
        `if (origin === undefined || listed.includes(origin)) return true;
return URL.canParse(origin) && new URL(origin).host === host;`,
      ],
    },
    {
      id: '3.7',
      name: 'authenticate',
      file: 'auth.ts',
      minutes: 8,
      lesson: 'who-is-it-the-token',
      goal: 'Verify the token before you answer the handshake: open the connection for the user that it was signed for, or refuse it.',
      see: `In the console of your page: new WebSocket('ws://' + location.host, ['chat', 'token.x']).onopen = () => console.log('in!'). Before: "in!". After: the browser reports "HTTP Authentication failed".`,
      why: 'If you answer 101 first and check afterwards, a stranger has an open connection until the check is done. If you check first, a refusal costs one HTTP answer, and no connection is opened.',
      hints: [
        'handshake.claimed() only repeats what the token says about itself. Which member of `handshake` knows whether the server has signed it? What does it return?',
        'handshake.verify(token) returns a promise of the user, or of undefined. Wait for it with `await`: the promise itself is always true. If there is a user, call handshake.accept(user). In all other cases, also without a token, call handshake.refuse(401), and return. Do not catch its errors: if verify fails, the server answers 503.',
        `const user = handshake.token === undefined ? undefined : await handshake.verify(handshake.token);
if (user === undefined) return handshake.refuse(401);
handshake.accept(user);`,
      ],
    },
    {
      id: '3.a',
      name: 'Typing.tell',
      file: 'bonus/typing.ts',
      minutes: 0,
      lesson: 'bonus',
      goal: 'Tell the others that a user is typing, at most once every two seconds.',
      see: 'Type a message, and look at another person\'s page: "Ann is typing …".',
      why: 'A page may send `typing` at each key, ten times a second. In a room of a thousand people, that would be ten thousand messages a second.',
      hints: [
        'this.last remembers when the others were last told about a user. When is that long enough ago?',
        'If this.now() - this.last.get(user) is less than this.intervalMs, return. For a user who is not in this.last yet, use -Infinity. Also return if member.room is undefined, before you remember anything.',
        `const { room, user } = member;
const now = this.now();
if (room === undefined || now - (this.last.get(user) ?? -Infinity) < this.intervalMs) return;
this.last.set(user, now);
this.chat.deliver(room, { type: 'typing', ...user }, user.userId);`,
      ],
    },
    {
      id: '3.b',
      name: 'RateLimit.allow',
      file: 'bonus/rate-limit.ts',
      minutes: 0,
      lesson: 'bonus',
      goal: 'Limit how many messages a connection may send: a burst at once, and then a steady rate.',
      see: 'In the console of your page, in a room: for (let i = 0; i < 30; i++) { text.value = i; say.requestSubmit(); }. Before: 30 messages. After: about 20, and "Too many messages. Wait a moment."',
      why: "One client in an endless loop keeps the server busy for everyone. With a bucket of tokens, a person can send three lines at once, and a program can't send a thousand.",
      hints: [
        'You need no timer. How many tokens have come back since this.at, if this.perSecond come back each second?',
        'The time since this.at is in milliseconds: divide it by 1000, multiply it by this.perSecond, and keep fractions. Add that to this.left, but never above this.burst. Set this.at to now, at every call. If this.left is at least 1, subtract 1 and return true.',
        `const now = this.now();
this.left = Math.min(this.burst, this.left + ((now - this.at) / 1000) * this.perSecond);
this.at = now;
if (this.left < 1) return false;
this.left -= 1;
return true;`,
      ],
    },
    {
      id: '3.c',
      name: 'sendOrClose',
      file: 'bonus/slow-consumer.ts',
      minutes: 0,
      lesson: 'bonus',
      goal: 'Close the connection of a client that reads too slowly, before its messages fill your memory.',
      see: 'Run npx tsx day3-chat/demo/attack.ts --mine, and look at the last attack. Before: "Nobody stopped it". After: the server closes with 1013.',
      why: "ws keeps what a client doesn't read in the memory of the server, without a limit. A thousand phones in a tunnel are enough to use it all up, and then the process ends for everyone.",
      hints: [
        'One property of the socket says how many bytes are waiting. Look at it before you send.',
        'If socket.readyState is not WebSocket.OPEN, return. If socket.bufferedAmount is more than the limit, call socket.close(1013) and send nothing. Otherwise send the text.',
        `if (socket.readyState !== WebSocket.OPEN) return;
if (socket.bufferedAmount > limit) return socket.close(1013, 'too slow');
socket.send(text);`,
      ],
    },
    {
      id: '3.d',
      name: 'closeWith',
      file: 'bonus/close.ts',
      minutes: 0,
      lesson: 'bonus',
      goal: 'Close a connection with any code and any reason, without an exception.',
      see: 'Stop your server with Ctrl+C while a page is connected. Before: the page reports code 1000. After: code 1001, and the reason.',
      why: 'close() throws if a reason has 124 bytes, or if the code is one like 1005. It usually throws in the very handler that is supposed to deal with an error, and then the process ends.',
      hints: [
        'Which codes may be sent? The docstring has the list. And how many bytes does the letter é have in UTF-8?',
        "The allowed codes are the whole numbers 1000-1003, 1007-1014 and 3000-4999. For any other value, call socket.close() without arguments. To cut the reason, let new TextEncoder().encodeInto(reason, new Uint8Array(123)) find out how much of it fits: `read` is that part's length.",
        `const sendable = Number.isInteger(code) &&
  ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999));
if (!sendable) return socket.close();
const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(123));
socket.close(code, reason.slice(0, read));`,
      ],
    },
  ],
};
