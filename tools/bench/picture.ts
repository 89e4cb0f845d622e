import type { Table } from './figures.ts';

const [WIDTH, LEFT, BAR, ROW] = [800, 170, 520, 26];

/** How much CPU a delivery costs each contender, against the first one, with one and with many messages per turn, as an SVG. */
export function picture(tables: Table[]): string {
  const { columns, rows, title } = tables.find(({ id }) => id === 'deliveries')!;
  const most = Math.max(...rows.flatMap(({ cells }) => cells.map(({ value }) => value)));
  const wanted = columns.flatMap((column, i) => (column.endsWith('100') ? [] : [{ column, i }]));
  const panels = wanted.map(({ column, i }, panel) => {
    const top = 60 + panel * (rows.length * ROW + 50);
    const [perTurn, clients] = column.split('/turn, ');
    const bars = rows.map(({ label, cells }, row) => {
      const [y, long] = [top + row * ROW, (cells[i].value / most) * BAR];
      return `<text class="label" x="${LEFT - 10}" y="${y + 15}">${escaped(label)}</text><rect x="${LEFT}" y="${y}" width="${long.toFixed(1)}" height="18"/><text x="${(LEFT + long + 8).toFixed(1)}" y="${y + 15}">${cells[i].text}</text>`;
    });
    return `<text class="title" x="${LEFT}" y="${top - 12}">${perTurn} ${perTurn === '1' ? 'message' : 'messages'} per turn, ${clients} clients</text>
${bars.join('\n')}`;
  });
  const height = 60 + wanted.length * (rows.length * ROW + 50);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}: shorter is better">
<style>svg{background:#faf9f6}text{font:14px sans-serif;fill:#17212b}.title{font-weight:bold}.label{text-anchor:end}rect{fill:#0b4a8f}</style>
<text x="20" y="24">Server CPU per delivery, against ${escaped(rows[0].label)}. Shorter is better.</text>
${panels.join('\n')}
</svg>
`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
