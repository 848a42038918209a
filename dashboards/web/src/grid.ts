// The grid of a result: its rows stay as the bytes of the answer, one line of JSON for each, and only those in sight are read and
// have elements. One cell is active; the keyboard moves it, shift makes a choice of cells, and copying gives them as TSV.

interface Place {
  row: number; // on the screen, from 0; -1 is the line of names
  column: number;
}
type Row = (string | null)[];
type Key = string | number | bigint | null;

const rowHeight = 28; // as in the style
const spare = 12; // rows beyond each edge

/** Fetches all rows and puts the grid into the place of the first ones, which the page has as a table. */
export async function mount(host: HTMLElement): Promise<void> {
  if (host.dataset.mounted !== undefined) return;
  host.dataset.mounted = "";
  const foot = host.querySelector<HTMLElement>(".grid-foot")!;
  const status = foot.querySelector<HTMLElement>("[role=status]")!;
  foot.hidden = false;
  foot.classList.add("waiting-rows");
  status.textContent = host.dataset.loading!;
  try {
    const answer = await fetch(host.dataset.rows!);
    if (!answer.ok) throw new Error(String(answer.status));
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (!host.isConnected) return; // another statement was run
    status.textContent = "";
    grids.set(host, new Grid(host, status, bytes));
    foot.classList.remove("waiting-rows");
  } catch {
    status.textContent = host.dataset.failed!;
    host.dataset.broken = "";
  }
}

const grids = new WeakMap<Element, Grid>();
const gridOf = (element: Element | null): Grid | undefined => grids.get(element?.closest("[data-rows]") ?? document.body);

document.addEventListener("copy", (event) => {
  const grid = document.activeElement?.matches("[role=grid]") ? gridOf(document.activeElement) : undefined;
  if (!grid || !event.clipboardData) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", grid.copy());
});
// paper has the first rows as a table
document.addEventListener("phdp:print", () => document.querySelectorAll("[data-rows]").forEach((host) => grids.get(host)?.paper(true)));
document.addEventListener("phdp:screen", () => document.querySelectorAll("[data-rows]").forEach((host) => grids.get(host)?.paper(false)));

class Lines {
  private readonly ends: Uint32Array;
  private readonly decoder = new TextDecoder();

  constructor(private readonly bytes: Uint8Array) {
    let count = 0;
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
    this.ends = new Uint32Array(count);
    for (let i = 0, at = -1; i < count; i++) this.ends[i] = at = bytes.indexOf(10, at + 1);
  }

  get length(): number {
    return this.ends.length;
  }

  row(i: number): Row {
    return JSON.parse(this.decoder.decode(this.bytes.subarray(i === 0 ? 0 : this.ends[i - 1]! + 1, this.ends[i]))) as Row;
  }

  /** The order of the rows by a column: numbers by size, texts by their characters, what is missing last. */
  sorted(column: number, type: string, isNumber: boolean, down: boolean): Uint32Array {
    const key = (text: string): Key => (!isNumber ? text : /big|huge/.test(type) ? BigInt(text) : Number(text));
    const keys: Key[] = Array.from({ length: this.length }, (_, i) => {
      const text = this.row(i)[column] ?? null;
      return text === null || text === "NaN" ? null : key(text);
    });
    const sign = down ? -1 : 1;
    return Uint32Array.from(keys.keys()).sort((a, b) => {
      const x = keys[a] as Key, y = keys[b] as Key;
      if (x === y) return a - b;
      if (x === null || y === null) return x === null ? 1 : -1;
      return x < y ? -sign : sign;
    });
  }
}

class Grid {
  private readonly lines: Lines;
  private readonly plain: HTMLElement;
  private readonly box = document.createElement("div");
  private readonly gap = document.createElement("div");
  private readonly table = document.createElement("table");
  private readonly body = document.createElement("tbody");
  private readonly names: HTMLTableCellElement[];
  private readonly isNumber: boolean[];
  private readonly headHeight: number;
  private order: Uint32Array | null = null;
  private sort = { column: -1, down: false };
  private first = 0; // row of the first element
  private active: Place = { row: 0, column: 0 };
  private anchor: Place = { row: 0, column: 0 };

  constructor(private readonly host: HTMLElement, private readonly status: HTMLElement, bytes: Uint8Array) {
    this.lines = new Lines(bytes);
    this.plain = host.querySelector<HTMLElement>(".plain")!;
    const old = this.plain.querySelector("table")!;
    const head = old.tHead!.cloneNode(true) as HTMLTableSectionElement;
    this.names = [...head.rows[0]!.cells].slice(1);
    this.isNumber = this.names.map((name) => name.classList.contains("num"));
    head.rows[0]!.setAttribute("aria-rowindex", "1");
    this.table.className = "virtual";
    this.table.tabIndex = 0;
    this.attributes(this.table, { role: "grid", "aria-label": old.closest("[aria-label]")!.getAttribute("aria-label")!, "aria-rowcount": this.lines.length + 1, "aria-colcount": this.names.length + 1, "aria-multiselectable": true, "aria-readonly": true });
    this.table.append(this.widths(), head, this.body);
    const room = document.createElement("div");
    room.append(this.gap, this.table);
    this.box.className = "gridbox";
    this.box.tabIndex = -1;
    this.box.append(room);
    const { scrollTop, scrollLeft } = this.plain.firstElementChild!;
    this.plain.replaceWith(this.box);
    this.headHeight = head.offsetHeight;
    room.style.height = `${this.headHeight + this.lines.length * rowHeight}px`;
    this.box.scrollTo(scrollLeft, scrollTop);
    this.listen();
    new ResizeObserver(() => this.render()).observe(this.box);
    this.render();
  }

  private attributes(element: Element, values: Record<string, string | number | boolean>): void {
    for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
  }

  /** Widths by the longest text of some hundred rows from everywhere; a Chinese character counts twice. */
  private widths(): HTMLElement {
    const size = (text: string): number => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? 2 : 1), 0);
    const group = document.createElement("colgroup");
    const all = [String(this.lines.length).length, ...this.names.map((name) => Math.max(size(name.firstChild?.textContent ?? ""), size(name.lastElementChild?.textContent ?? "") + 2))];
    for (let at = 0; at < this.lines.length; at += Math.ceil(this.lines.length / 400)) {
      this.lines.row(at).forEach((text, i) => (all[i + 1] = Math.max(all[i + 1]!, Math.min(44, size((text ?? "null").slice(0, 44))))));
    }
    let sum = 0;
    for (const chars of all) {
      const column = document.createElement("col");
      const width = Math.round(Math.min(chars, 44) * 8.4 + 25);
      column.style.width = `${width}px`;
      sum += width;
      group.append(column);
    }
    this.table.style.width = `max(100%, ${sum}px)`;
    return group;
  }

  private listen(): void {
    let waiting = false;
    this.box.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        this.render();
      });
    }, { passive: true });
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.table.addEventListener("mousedown", (event) => {
      const place = this.placeOf(event.target);
      if (!place || event.button !== 0) return;
      event.preventDefault();
      this.table.focus({ preventScroll: true });
      this.go(place, event.shiftKey);
    });
    this.table.addEventListener("mouseover", (event) => {
      const place = this.placeOf(event.target);
      if (place && event.buttons === 1 && document.activeElement === this.table) this.go(place, true);
    });
    this.table.tHead!.addEventListener("click", (event) => {
      const cell = (event.target as Element).closest("th");
      if (cell) this.sortBy(cell.cellIndex - 1);
    });
    this.host.querySelector("[data-copy]")!.addEventListener("click", () => {
      this.table.focus({ preventScroll: true });
      document.execCommand("copy"); // works without https as well
    });
  }

  /** Shows the rows around the place to which the box is scrolled, moving the elements that stay. */
  private render(): void {
    const fits = Math.min(this.lines.length, Math.ceil(this.box.clientHeight / rowHeight) + 2 * spare);
    const wanted = Math.max(0, Math.min(Math.floor(this.box.scrollTop / rowHeight) - spare, this.lines.length - fits));
    const step = wanted - this.first;
    const all = this.body.rows;
    if (all.length !== fits) {
      while (all.length > fits) this.body.lastElementChild!.remove();
      while (all.length < fits) this.body.append(this.blank());
      for (let i = 0; i < fits; i++) this.fill(all[i]!, wanted + i);
    } else if (Math.abs(step) >= fits) {
      for (let i = 0; i < fits; i++) this.fill(all[i]!, wanted + i);
    } else if (step > 0) {
      for (let i = 0; i < step; i++) this.body.append(this.fill(all[0]!, this.first + fits + i));
    } else {
      for (let i = 1; i <= -step; i++) this.body.prepend(this.fill(all[fits - 1]!, this.first - i));
    }
    this.first = wanted;
    this.gap.style.height = `${wanted * rowHeight}px`;
    this.pointToActive();
  }

  private refill(): void {
    for (let i = 0; i < this.body.rows.length; i++) this.fill(this.body.rows[i]!, this.first + i);
    this.pointToActive();
  }

  private blank(): HTMLTableRowElement {
    const row = document.createElement("tr");
    for (let i = -1; i < this.names.length; i++) {
      const cell = row.insertCell();
      cell.setAttribute("role", i < 0 ? "rowheader" : "gridcell");
      cell.className = i < 0 ? "num rowno" : this.isNumber[i] ? "num" : "";
    }
    return row;
  }

  private fill(element: HTMLTableRowElement, row: number): HTMLTableRowElement {
    const from = this.from(row);
    const values = this.lines.row(from);
    element.setAttribute("aria-rowindex", String(row + 2));
    element.cells[0]!.textContent = String(from + 1);
    values.forEach((text, i) => {
      const cell = element.cells[i + 1]!;
      cell.textContent = text ?? "null";
      cell.classList.toggle("null", text === null);
    });
    this.mark(element, row);
    return element;
  }

  /** The number of a row in the result. */
  private from(row: number): number {
    return this.order ? this.order[row]! : row;
  }

  private mark(element: HTMLTableRowElement, row: number): void {
    const [top, bottom, left, right] = this.chosen();
    const many = top !== bottom || left !== right;
    for (let i = 0; i < this.names.length; i++) {
      const cell = element.cells[i + 1]!;
      const inside = row >= top && row <= bottom && i >= left && i <= right;
      if (cell.hasAttribute("aria-selected") !== inside) inside ? cell.setAttribute("aria-selected", "true") : cell.removeAttribute("aria-selected");
      cell.classList.toggle("chosen", inside && many);
    }
  }

  /** The first and the last row and column of the choice. */
  private chosen(): [number, number, number, number] {
    const { active: a, anchor: b } = this;
    return [Math.min(a.row, b.row), Math.max(a.row, b.row), Math.min(a.column, b.column), Math.max(a.column, b.column)];
  }

  private placeOf(target: EventTarget | null): Place | null {
    const cell = (target as Element).closest<HTMLTableCellElement>("tbody td");
    if (!cell) return null;
    return { row: this.first + (cell.parentElement as HTMLTableRowElement).sectionRowIndex, column: Math.max(0, cell.cellIndex - 1) };
  }

  private activeCell(): HTMLElement | undefined {
    const { row, column } = this.active;
    return row < 0 ? this.names[column] : this.body.rows[row - this.first]?.cells[column + 1];
  }

  private pointToActive(): void {
    const cell = this.activeCell();
    const old = this.table.querySelector("#grid-active");
    if (old && old !== cell) {
      old.removeAttribute("id");
      old.classList.remove("active");
    }
    if (!cell) return this.table.removeAttribute("aria-activedescendant");
    cell.id = "grid-active";
    cell.classList.add("active");
    this.table.setAttribute("aria-activedescendant", cell.id);
  }

  /** Makes a cell the active one and shows it; extend leaves the other end of the choice where it is. */
  private go(place: Place, extend: boolean): void {
    const row = Math.max(extend ? 0 : -1, Math.min(place.row, this.lines.length - 1));
    this.active = { row, column: Math.max(0, Math.min(place.column, this.names.length - 1)) };
    if (!extend || this.anchor.row < 0) this.anchor = { ...this.active };
    const top = row * rowHeight;
    const below = top + rowHeight - (this.box.clientHeight - this.headHeight);
    if (row >= 0) this.box.scrollTop = Math.max(below, Math.min(this.box.scrollTop, top));
    this.render();
    for (let i = 0; i < this.body.rows.length; i++) this.mark(this.body.rows[i]!, this.first + i);
    this.showCell();
    const [from, to, left, right] = this.chosen();
    this.say(from === to && left === right ? "" : this.host.dataset.chosen!, to - from + 1, right - left + 1);
  }

  /** Brings the active cell into sight sideways, and shows its whole text when it is cut off. */
  private showCell(): void {
    const cell = this.activeCell();
    if (!cell) return;
    const numbers = this.table.tHead!.rows[0]!.cells[0]!.offsetWidth;
    if (cell.offsetLeft - numbers < this.box.scrollLeft) this.box.scrollLeft = cell.offsetLeft - numbers;
    else this.box.scrollLeft = Math.max(this.box.scrollLeft, cell.offsetLeft + cell.offsetWidth - this.box.clientWidth);
    const whole = this.host.querySelector<HTMLElement>(".cell-text")!;
    whole.hidden = this.active.row < 0 || cell.scrollWidth <= cell.clientWidth;
    whole.textContent = whole.hidden ? "" : cell.textContent;
  }

  private key(event: KeyboardEvent): void {
    const { row, column } = this.active;
    const ctrl = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor((this.box.clientHeight - this.headHeight) / rowHeight) - 1);
    const last = this.lines.length - 1;
    const places: Record<string, Place | undefined> = {
      ArrowDown: { row: ctrl ? last : row + 1, column },
      ArrowUp: { row: ctrl ? 0 : row - 1, column },
      ArrowLeft: { row, column: ctrl ? 0 : column - 1 },
      ArrowRight: { row, column: ctrl ? Infinity : column + 1 },
      PageDown: { row: row + page, column },
      PageUp: { row: Math.max(0, row - page), column },
      Home: { row: ctrl ? 0 : row, column: 0 },
      End: { row: ctrl ? last : row, column: Infinity },
      Escape: { row, column },
    };
    const place = places[event.key];
    if (place && !event.altKey) this.go(place, event.shiftKey && event.key !== "Escape");
    else if ((event.key === "Enter" || event.key === " ") && row < 0) this.sortBy(column);
    else if (event.key === "a" && ctrl) this.chooseAll();
    else return;
    event.preventDefault();
  }

  private chooseAll(): void {
    this.anchor = { row: 0, column: 0 };
    this.active = { row: this.lines.length - 1, column: this.names.length - 1 };
    this.refill();
    this.say(this.host.dataset.chosen!, this.lines.length, this.names.length);
  }

  /** Sorts by a column: upwards, downwards, then as the result came; -1 is at once as it came. */
  private sortBy(column: number): void {
    const again = column === this.sort.column;
    this.sort = column < 0 || (again && this.sort.down) ? { column: -1, down: false } : { column, down: again };
    const name = this.names[this.sort.column];
    this.order = name ? this.lines.sorted(this.sort.column, name.lastElementChild?.textContent ?? "", this.isNumber[this.sort.column]!, this.sort.down) : null;
    this.names.forEach((other) => other.removeAttribute("aria-sort"));
    name?.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
    this.anchor = this.active = { row: this.active.row < 0 ? -1 : 0, column: Math.max(0, column) };
    this.box.scrollTop = 0;
    this.render();
    this.refill();
    this.say(name ? this.host.dataset.sorted! : "", `${name?.firstChild?.textContent} ${this.sort.down ? "↓" : "↑"}`);
  }

  private say(text: string, ...values: (string | number)[]): void {
    this.status.textContent = values.reduce<string>((all, value, i) => all.replace(`{${i}}`, typeof value === "number" ? value.toLocaleString("en-US") : value), text);
  }

  /** The chosen cells as TSV that a spreadsheet takes for what it is; all of them have the names above them. */
  copy(): string {
    const [top, bottom, left, right] = this.chosen();
    const quoted = (text: string): string => (/[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const safe = (text: string): string => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text); // no formulas, as in CSV
    const names = this.names.map((name) => name.firstChild?.textContent ?? "");
    const out: string[] = [];
    if (top < 0 || (bottom - top + 1 === this.lines.length && right - left + 1 === names.length && this.lines.length > 1)) {
      out.push(names.slice(left, right + 1).map((name) => quoted(safe(name))).join("\t"));
    }
    for (let row = Math.max(0, top); row <= bottom; row++) {
      const values = this.lines.row(this.from(row)).slice(left, right + 1);
      out.push(values.map((text, i) => quoted(this.isNumber[left + i] ? text ?? "" : safe(text ?? ""))).join("\t"));
    }
    this.say(this.host.dataset.copied!, (bottom - top + 1) * (right - left + 1));
    return out.join("\n");
  }

  /** Puts the first rows as a table into the place of the grid for paper, and back. */
  paper(is: boolean): void {
    if (is) this.box.after(this.plain);
    else this.plain.remove();
  }
}
