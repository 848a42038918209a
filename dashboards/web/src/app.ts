// The script of every page: htmx for partial refresh, charts and the SQL editor when a page has them, the theme
// switch, searching in lists, and small comforts. Pages work without it.
import htmx from "htmx.org";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

/** Wires everything below an element; called for the page and for each part that htmx brings. */
async function wire(root: ParentNode): Promise<void> {
  root.querySelectorAll<HTMLInputElement>("input[data-filter]").forEach(wireFilter);
  const charts = root.querySelectorAll<HTMLElement>("[data-chart]");
  if (charts.length > 0) {
    const { draw } = await import("./charts");
    charts.forEach(draw);
  }
  const editor = root.querySelector<HTMLFormElement>("form[data-sql]");
  if (editor) {
    const { mount } = await import("./editor");
    mount(editor);
  }
  const rows = root.querySelector<HTMLElement>("[data-rows]");
  if (rows) {
    const { mount } = await import("./grid");
    await mount(rows);
  }
}

/** Puts the canonical address into the address bar unless the page has to say that it ignored something. */
function canonicalise(): void {
  const page = document.getElementById("page");
  const address = page?.dataset.canonical;
  if (address && page.dataset.ignored === undefined && address !== location.pathname + location.search) {
    history.replaceState(history.state, "", address + location.hash);
  }
}

/** Makes the page ready for paper: light colours, charts as wide as the sheet, short tables open, definitions at the end. */
function beforePrint(): void {
  const root = document.documentElement;
  root.dataset.screenTheme ??= root.dataset.theme ?? "auto";
  root.dataset.theme = "light";
  document.dispatchEvent(new Event("phdp:print"));
  document.querySelectorAll<HTMLDetailsElement>("details.numbers:not([open])").forEach((table) => {
    if (table.querySelectorAll("tbody tr").length > 40) return;
    table.open = true;
    table.dataset.opened = "";
  });
  const list = document.querySelector("[data-definitions] dl");
  if (!list) return;
  const seen = new Set<string>();
  list.replaceChildren();
  document.querySelectorAll("main .def-body").forEach((body) => {
    const title = body.querySelector("b")?.textContent ?? "";
    if (seen.has(title)) return;
    seen.add(title);
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = title;
    text.textContent = body.querySelector("span")?.textContent ?? "";
    list.append(term, text);
  });
}

function afterPrint(): void {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.screenTheme ?? "auto";
  delete root.dataset.screenTheme;
  document.querySelectorAll<HTMLDetailsElement>("details[data-opened]").forEach((table) => {
    table.open = false;
    delete table.dataset.opened;
  });
  document.dispatchEvent(new Event("phdp:screen"));
}

/** Shows only the entries whose words hold the text; families without a match are hidden. */
function wireFilter(input: HTMLInputElement): void {
  const list = document.querySelector(input.dataset.filter ?? "");
  if (!list) return;
  const apply = (): void => {
    const wanted = input.value.trim().toLowerCase();
    let any = false;
    list.querySelectorAll<HTMLDetailsElement>("details[data-family]").forEach((family) => {
      const named = (family.querySelector("summary")?.textContent ?? "").toLowerCase().includes(wanted);
      let matches = 0;
      family.querySelectorAll<HTMLElement>("[data-words]").forEach((entry) => {
        const match = named || (entry.dataset.words ?? "").toLowerCase().includes(wanted);
        entry.hidden = !match;
        if (match) matches++;
      });
      family.hidden = matches === 0;
      if (wanted) family.open = matches > 0;
      any ||= matches > 0;
    });
    const nothing = list.querySelector<HTMLElement>("[data-nothing]");
    if (nothing) nothing.hidden = any;
  };
  input.addEventListener("input", apply);
  if (input.value) apply();
}

function chooseTheme(link: HTMLElement): void {
  const theme = link.dataset.themeChoice ?? "auto";
  document.documentElement.dataset.theme = theme;
  document.cookie = `phdp_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  document.querySelectorAll("[data-theme-choice]").forEach((other) => other.removeAttribute("aria-current"));
  link.setAttribute("aria-current", "true");
  document.dispatchEvent(new Event("phdp:theme"));
}

/** Keeps an opened definition inside the window, and only one open at a time. */
function placeDefinition(opened: HTMLDetailsElement): void {
  document.querySelectorAll<HTMLDetailsElement>("details.def[open]").forEach((other) => {
    if (other !== opened) other.open = false;
  });
  const body = opened.querySelector<HTMLElement>(".def-body");
  if (!body) return;
  body.style.setProperty("--shift", "0px");
  const box = body.getBoundingClientRect();
  const over = Math.max(0, box.right - (document.documentElement.clientWidth - 12));
  const under = Math.max(0, 12 - box.left);
  body.style.setProperty("--shift", `${under - over}px`);
}

let afterG = -Infinity;

/** Shows which key does what, and which letters after "g" lead where. */
function showKeys(): void {
  document.querySelector<HTMLDialogElement>("#keys:not([open])")?.showModal();
}

/** "/" goes to the search or first filter, "f" to the filters; "g" and a letter go to a page; "?" tells all; Escape closes definitions. */
function onKey(event: KeyboardEvent): void {
  if (event.key === "Escape") {
    document.querySelectorAll<HTMLDetailsElement>("details.def[open]").forEach((def) => (def.open = false));
    return;
  }
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, .editor-box")) return;
  if (event.timeStamp - afterG < 1000) {
    afterG = -Infinity;
    document.querySelector<HTMLElement>(`#keys [data-key="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "?") {
    showKeys();
  } else if (event.key === "/") {
    const field = document.querySelector<HTMLElement>("main input[type=search], .filters select");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  } else if (event.key === "f") {
    const filter = document.querySelector<HTMLElement>("main .filters select, main .filters input:not([type=hidden])");
    if (filter) {
      event.preventDefault();
      filter.focus();
    }
  } else if (event.key === "g") {
    afterG = event.timeStamp;
  }
}

function onClick(event: MouseEvent): void {
  const target = event.target as HTMLElement;
  const theme = target.closest<HTMLElement>("[data-theme-choice]");
  if (theme) {
    event.preventDefault();
    chooseTheme(theme);
    return;
  }
  if (target.closest("[data-print]")) window.print();
  if (target.closest("[data-keys]")) showKeys();
  if (!target.closest("details.def")) {
    document.querySelectorAll<HTMLDetailsElement>("details.def[open]").forEach((def) => (def.open = false));
  }
}

/** Says on the page that a part could not be fetched. */
function onFailure(event: Event): void {
  const detail = (event as CustomEvent<{ xhr?: XMLHttpRequest }>).detail;
  const page = document.getElementById("page");
  if (!page) return;
  page.querySelector("[data-failure]")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice bad";
  notice.setAttribute("role", "alert");
  notice.dataset.failure = "";
  const chinese = document.documentElement.lang.startsWith("zh");
  const status = detail.xhr?.status ? ` (${detail.xhr.status})` : "";
  notice.textContent = (chinese ? "没能更新页面，请重试。" : "The page could not be updated; try again.") + status;
  page.prepend(notice);
}

// a definition is placed before it is painted: the event "toggle" comes later than the first frame
new MutationObserver((changes) => {
  for (const { target } of changes) if ((target as HTMLElement).matches("details.def[open]")) placeDefinition(target as HTMLDetailsElement);
}).observe(document.body, { subtree: true, attributeFilter: ["open"] });
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
document.addEventListener("submit", (event) => { // a statement is saved as the editor has it
  const field = (event.target as HTMLElement).matches("[data-save-sql]") && (event.target as HTMLElement).querySelector<HTMLInputElement>("[name=sql]");
  if (field) field.value = document.querySelector<HTMLTextAreaElement>("#sql-text")?.value ?? field.value;
});
document.body.addEventListener("htmx:responseError", onFailure);
document.body.addEventListener("htmx:sendError", onFailure);
document.body.addEventListener("htmx:afterSwap", (event) => {
  const target = (event as CustomEvent<{ target: HTMLElement }>).detail.target;
  const page = document.getElementById(target.id === "result" ? "result" : "page");
  if (page) void wire(page);
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const detail = (event as CustomEvent<{ xhr: XMLHttpRequest; shouldSwap: boolean; isError: boolean }>).detail;
  if (detail.xhr.status === 400 || detail.xhr.status === 404) {
    detail.shouldSwap = true; // these answers are pages that say what is wrong
    detail.isError = false;
  }
});
/** Shows the current entry of the navigation where it scrolls sideways. */
function showCurrent(): void {
  document.querySelectorAll<HTMLElement>(".top nav a[aria-current]").forEach((current) => {
    const nav = current.parentElement;
    if (nav) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  });
}

window.addEventListener("beforeprint", beforePrint);
window.addEventListener("afterprint", afterPrint);
canonicalise();
showCurrent();
void wire(document);
