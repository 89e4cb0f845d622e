const HUES = 12;
const hues = new Map<string, number>();

/** Gives an element the colour of a user. @param userId decides which: so a person has the same colour on (nearly) every page */
export function paint(element: HTMLElement, userId: string): void {
  let hue = hues.get(userId);
  if (hue === undefined) {
    hue = [...userId].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 0) % HUES;
    // If someone else has that colour, take the next free one. From the 13th person on, two share one.
    while (hues.size < HUES && [...hues.values()].includes(hue)) hue = (hue + 1) % HUES;
    hues.set(userId, hue);
  }
  element.classList.add('person');
  element.style.setProperty('--hue', `${(hue * 360) / HUES}`);
}
