/**
 * Explains the fields in a box: the one under the mouse, or the one that has the focus. For the Tab key the whole box is one stop;
 * the arrow keys go from field to field, and up and down from row to row.
 *
 * @param box rows in which the fields are buttons with `data-says`
 * @param explain called with a field's name, value and meaning
 */
export function explore(box: HTMLElement, explain: (field: HTMLElement) => void): void {
  const fields = (within: ParentNode = box) => [...within.querySelectorAll<HTMLElement>('.field')];
  const rowOf = (field: HTMLElement) => field.closest<HTMLElement>('.row') ?? box;

  const choose = (field: HTMLElement): void => {
    leadTo(box, field);
    field.dataset.chosen = '';
    explain(field);
  };

  const next = (field: HTMLElement, key: string): HTMLElement | undefined => {
    const all = fields();
    const rows = [...box.querySelectorAll('.row')].filter((row) => row.querySelector('.field'));
    const row = rows.indexOf(rowOf(field));
    const place = fields(rowOf(field)).indexOf(field);
    const inRow = (at: number) => {
      const there = rows[at] && fields(rows[at]);
      return there?.[Math.min(place, there.length - 1)];
    };
    if (key === 'ArrowRight') return all[all.indexOf(field) + 1];
    if (key === 'ArrowLeft') return all[all.indexOf(field) - 1];
    if (key === 'ArrowDown') return inRow(row + 1);
    if (key === 'ArrowUp') return inRow(row - 1);
    if (key === 'Home') return all[0];
    if (key === 'End') return all.at(-1);
    return undefined;
  };

  const fieldAt = ({ target }: Event) => (target as HTMLElement).closest<HTMLElement>('.field');
  // Not pointerover: that also happens when the keyboard scrolls another field under a mouse that lies still.
  box.addEventListener('pointermove', (event) => {
    const field = fieldAt(event);
    if (field && !field.classList.contains('current')) explain(field);
  });
  for (const type of ['focusin', 'click']) {
    box.addEventListener(type, (event) => {
      const field = fieldAt(event);
      if (field) choose(field);
    });
  }
  box.addEventListener('keydown', (event) => {
    const field = fieldAt(event);
    const to = field && next(field, event.key);
    if (!to) return;
    event.preventDefault(); // the box would scroll, too
    to.focus();
  });
}

/** Makes the last field the one that Tab reaches, unless somebody has chosen another one. */
export function offerFocus(box: HTMLElement): void {
  if (box.querySelector('.field[data-chosen]')) return;
  const last = [...box.querySelectorAll<HTMLElement>('.field')].at(-1);
  if (last) leadTo(box, last);
}

/** Makes one field the only one of the box that Tab reaches. */
function leadTo(box: HTMLElement, field: HTMLElement): void {
  for (const one of box.querySelectorAll<HTMLElement>('.field[tabindex="0"]')) {
    one.tabIndex = -1;
    delete one.dataset.chosen;
  }
  field.tabIndex = 0;
}
