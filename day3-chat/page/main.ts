import type { ClientMessage } from '#day3/protocol.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { LIMITS } from '#day3/given/limits.ts';
import { isAlone, open, remembered, rememberName, type Connection } from './session.ts';
import { addLine, find, setPeople, showProblem, showState, showTyping } from './view.ts';

// The people in the room, by userId: two of them may have the same name.
const people = new Map<string, string>();
let me = '';
let room = '';
let connection: Connection | undefined;
let justEntered = false;
let typingSaid = -Infinity;
let unheard = ''; // the last text that was sent, until the server sends it back
const typists = new Map<string, ReturnType<typeof setTimeout>>();

const [name, roomField, text] = [
  find<HTMLInputElement>('name'),
  find<HTMLInputElement>('room'),
  find<HTMLInputElement>('text'),
];
const [newName, newRoom] = [find<HTMLInputElement>('new-name'), find<HTMLInputElement>('new-room')];
name.maxLength = newName.maxLength = LIMITS.name;
roomField.maxLength = newRoom.maxLength = LIMITS.room;
text.maxLength = LIMITS.text;
name.value = remembered()?.name ?? '';
const alone = find<HTMLInputElement>('alone');
alone.checked = isAlone();
showState('none', 'not connected');

on('enter', async () => {
  if (connection) return; // a second click while the first is on its way
  showProblem('');
  showState('connecting');
  connection = open(name.value, alone.checked, { opened, received, ended });
});
on('say', () => {
  if (text.value.trim() === '') return;
  if (!send({ type: 'chat', text: text.value })) return;
  unheard = text.value;
  text.value = '';
  typingSaid = -Infinity;
});
on('rename', () => void send({ type: 'setName', name: newName.value }));
on('move', () => void send({ type: 'join', room: newRoom.value }));
text.addEventListener('input', () => {
  if (text.value === '' || performance.now() - typingSaid < LIMITS.typing) return;
  typingSaid = performance.now();
  send({ type: 'typing' });
});

function on(form: string, submit: () => void): void {
  find(form).addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
}

function send(message: ClientMessage): boolean {
  showProblem('');
  return connection?.send(message) ?? false;
}

function opened(): void {
  showState('open', 'connected');
  justEntered = true;
  find('enter').hidden = true;
  find('chat').hidden = find('room-card').hidden = false;
  newName.value = name.value;
  newRoom.value = roomField.value;
  text.focus();
  send({ type: 'join', room: roomField.value });
}

/** Puts a text that the server refused back into the field, unless something else has been typed there. */
function giveBack(): void {
  text.value ||= unheard;
  unheard = '';
}

function ended(why: string): void {
  connection = undefined;
  people.clear();
  for (const userId of typists.keys()) stopTyping(userId);
  showPeople();
  showState('closed', 'not connected');
  showProblem(why);
  giveBack();
  find('enter').hidden = false; // so that one can enter again; the conversation stays on the page
}

/** This browser may be in the chat already, in another tab and under another name. The name typed last counts. */
function useMyName(): void {
  const typed = name.value.trim();
  if (people.has(me) && people.get(me) !== typed && justEntered) send({ type: 'setName', name: typed });
  justEntered = false;
}

function received(message: ServerMessage): void {
  switch (message.type) {
    case 'init':
      people.clear();
      for (const { userId, name } of message.onlineUsers) people.set(userId, name);
      me = message.userId;
      useMyName();
      room = newRoom.value = roomField.value = message.room;
      find('title').textContent = room;
      addLine('system', { text: `You are in ${room}.` });
      break;
    case 'chat':
      stopTyping(message.userId);
      if (message.text === unheard) unheard = '';
      addLine(
        message.userId === me ? 'sent' : 'received',
        { who: message.name, text: message.text, size: clock(message.timestamp) },
        message.userId,
      );
      break;
    case 'joined':
      people.set(message.userId, message.name);
      addLine('system', { text: `${message.name} has joined.` });
      break;
    case 'left':
      people.delete(message.userId);
      stopTyping(message.userId);
      addLine('system', { text: `${message.name} has left.` });
      break;
    case 'renamed':
      addLine('system', { text: `${people.get(message.userId) ?? 'Somebody'} is now called ${message.name}.` });
      people.set(message.userId, message.name);
      if (message.userId === me) {
        newName.value = name.value = message.name;
        rememberName(message.name);
      }
      break;
    case 'typing':
      clearTimeout(typists.get(message.userId));
      typists.set(message.userId, setTimeout(stopTyping, 2 * LIMITS.typing, message.userId));
      break;
    case 'gap':
      addLine('system', { text: 'Some messages were missed.' });
      break;
    case 'error':
      showProblem(message.message);
      giveBack();
  }
  showPeople();
}

function stopTyping(userId: string): void {
  clearTimeout(typists.get(userId));
  if (typists.delete(userId)) showPeople();
}

function showPeople(): void {
  setPeople([...people].map(([userId, name]) => ({ userId, name, isMe: userId === me })));
  showTyping([...typists.keys()].map((userId) => people.get(userId) ?? 'Somebody'));
}

const clock = (timestamp: number): string =>
  new Date(timestamp).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
