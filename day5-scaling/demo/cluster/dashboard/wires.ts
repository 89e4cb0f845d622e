const SVG = 'http://www.w3.org/2000/svg';
const FLIGHT_MS = 900;
const TICK_MS = 250;
/** the most dots per tick and wire: after an outage many messages come at once */
const MOST = 8;

interface Point {
  x: number;
  y: number;
}

/** The lines between the boxes, and a dot on them for each chat message. */
export class Wires {
  readonly #svg: SVGSVGElement;
  readonly #lines: SVGLineElement[] = [];
  #ends: { node: Point; redis: Point; isOn: boolean }[] = [];

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
  }

  /** @param isUp of each node; @param isBus whether Redis answers */
  draw(balancer: Element, nodes: Element[], redis: Element, isUp: boolean[], isBus: boolean): void {
    const { left, top } = this.#svg.getBoundingClientRect();
    const box = (element: Element) => {
      const rect = element.getBoundingClientRect();
      return { x: rect.left - left + rect.width / 2, top: rect.top - top, bottom: rect.bottom - top };
    };
    const [above, below] = [box(balancer), box(redis)];
    this.#ends = nodes.map((node, i) => ({
      node: { x: box(node).x, y: box(node).bottom },
      redis: { x: below.x + (box(node).x - below.x) * 0.6, y: below.top },
      isOn: isUp[i] && isBus,
    }));
    nodes.forEach((node, i) => {
      this.#line(
        2 * i,
        { x: above.x + (box(node).x - above.x) * 0.6, y: above.bottom },
        { x: box(node).x, y: box(node).top },
        isUp[i],
      );
      const { node: upper, redis: lower, isOn } = this.#ends[i];
      this.#line(2 * i + 1, upper, lower, isOn);
      // What was on a wire when it died does not arrive.
      if (!isOn) for (const dot of this.#svg.querySelectorAll(`circle[data-wire="${i}"]`)) dot.remove();
    });
  }

  /** Sends dots from a node to Redis and, a moment later, from Redis to the node. Nothing moves on a dead wire. */
  move(node: number, out: number, into: number): void {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches || document.hidden || !this.#ends[node]?.isOn) return;
    const { node: here, redis } = this.#ends[node];
    this.#dots(node, out, 'out', here, redis, 0);
    this.#dots(node, into, 'in', redis, here, FLIGHT_MS);
  }

  #dots(wire: number, count: number, className: string, from: Point, to: Point, later: number): void {
    const dots = Math.min(count, MOST);
    for (let i = 0; i < dots; i++) {
      const dot = this.#svg.appendChild(document.createElementNS(SVG, 'circle'));
      dot.setAttribute('class', className);
      dot.dataset.wire = `${wire}`;
      dot.setAttribute('r', '8');
      const side = className === 'out' ? -7 : 7; // two lanes
      const at = ({ x, y }: Point): string => `translate(${x + side}px, ${y}px)`;
      const delay = later + (i * TICK_MS) / dots;
      dot
        .animate(
          { transform: [at(from), at(to)], opacity: [1, 1] },
          { duration: FLIGHT_MS, delay, easing: 'ease-in-out' },
        )
        .finished.then(
          () => dot.remove(),
          () => dot.remove(),
        );
    }
  }

  #line(index: number, from: Point, to: Point, isOn: boolean): void {
    const line = (this.#lines[index] ??= this.#svg.appendChild(document.createElementNS(SVG, 'line')));
    const { x: x1, y: y1 } = from;
    const { x: x2, y: y2 } = to;
    for (const [name, value] of Object.entries({ x1, y1, x2, y2 })) line.setAttribute(name, `${value}`);
    line.dataset.on = `${isOn}`;
  }
}
