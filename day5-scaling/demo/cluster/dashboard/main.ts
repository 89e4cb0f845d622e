import { actionOf } from '../script.ts';
import { total, type NodeView, type State } from '../state.ts';
import { NodeCard } from './node-card.ts';
import { actions, fact, find } from './view.ts';
import { Wires } from './wires.ts';

const BADGES = { up: 'open', frozen: 'waiting', down: 'closed' };
const WORDS = { up: 'up', frozen: 'frozen: there, but silent', down: 'down' };
const wires = new Wires(find('wires'));
const cards: NodeCard[] = [];
let before: NodeView[] = [];
let now: State | undefined;

const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/state`);
socket.onmessage = ({ data }) => show(JSON.parse(data) as State);
socket.onclose = () => {
  find('state').dataset.state = 'closed';
  fact('state', 'the demonstration has ended');
  setInterval(
    () =>
      void fetch('/').then(
        () => location.reload(),
        () => {},
      ),
    2000,
  );
};
const act = (action: string): void => {
  if (socket.readyState === WebSocket.OPEN) socket.send(action);
};

// The same keys as in the terminal.
document.addEventListener('keydown', ({ key, repeat, ctrlKey, metaKey, altKey }) => {
  if (!now || repeat || ctrlKey || metaKey || altKey) return;
  const { nodes, redis } = now;
  const action = actionOf(
    key,
    (target) => (target === 'redis' ? redis.state !== 'down' : nodes[target - 1].state !== 'gone'),
    () => redis.state === 'frozen',
  );
  if (action) act(`${action.name} ${action.target}`);
});

function show(state: State): void {
  now = state;
  const { nodes, redis, stream, balancer, bots, note } = state;
  find('state').dataset.state = 'open';
  fact('state', stream ? 'live, with a Stream' : 'live');
  fact('note', note);

  fact('connections', `${balancer.connections}`);
  find<HTMLAnchorElement>('chat').href = `http://${location.hostname}:${balancer.port}`;
  find('chat').hidden = false;
  find('address').hidden = !balancer.address;
  fact('address', balancer.address ?? '');

  nodes.forEach((node, i) => (cards[i] ??= new NodeCard(find('nodes'), i + 1, act)).show(node));

  find('redis').dataset.state = redis.state;
  find('redis-state').dataset.state = BADGES[redis.state];
  fact('redis-state', WORDS[redis.state]);
  fact('redis-name', redis.name);
  actions(find('redis-actions'), act, [
    { words: 'Kill', action: 'kill redis', isOff: redis.state === 'down', key: 'r' },
    { words: 'Freeze', action: 'freeze redis', isOff: redis.state !== 'up' || !redis.canFreeze, key: 'f' },
    { words: 'Thaw', action: 'thaw redis', isOff: redis.state !== 'frozen' },
    { words: 'Revive', action: 'revive redis', isOff: redis.state !== 'down' },
  ]);

  wires.draw(
    find('balancer'),
    cards.map(({ element }) => element),
    find('redis'),
    nodes.map(({ state }) => state !== 'gone' && state !== 'starting'),
    redis.state === 'up',
  );
  nodes.forEach((node, i) => {
    const last = before[i]?.port === node.port ? before[i] : { sent: 0, heard: 0 };
    if (before.length > 0) wires.move(i, node.sent - last.sent, node.heard - last.heard);
  });
  before = nodes;
  showBots(bots);
}

function showBots(bots: State['bots']): void {
  const { said, toHear, heard, unheard, lost, told, twice, connected } = total(bots);
  for (const [id, number] of Object.entries({
    said,
    'to-hear': toHear,
    heard,
    unheard,
    lost,
    twice,
    bots: bots.length,
    'bots-connected': connected,
  }))
    fact(id, `${number}`);
  fact('told', lost === 0 ? '' : told === lost ? ', all announced' : `, ${told} announced`);
  find('unheard-box').className = unheard === 0 ? '' : 'waiting';
  find('lost-box').className = lost > 0 ? 'danger' : unheard === 0 ? 'good' : ''; // as long as something is not heard yet, it may turn out to be lost
  find('twice-box').className = twice === 0 ? 'good' : 'danger';
  const rows = find<HTMLTableSectionElement>('each').rows;
  bots.forEach((bot, i) => {
    const row = rows[i] ?? find<HTMLTableSectionElement>('each').insertRow();
    [bot.name, bot.room, bot.said, bot.toHear, bot.heard, bot.unheard, bot.lost, bot.told, bot.twice].forEach(
      (content, column) => {
        const cell = row.cells[column] ?? row.insertCell();
        cell.textContent = `${content}`;
        if (column > 1) cell.className = 'number';
      },
    );
  });
}
