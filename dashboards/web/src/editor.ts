// The SQL editor: CodeMirror over the page's textarea, which stays the form's field. The editor lives in a shadow
// root, because its styles are then constructed sheets, which the page's policy allows without exceptions.
import { autocompletion } from "@codemirror/autocomplete";
import { PostgreSQL, sql } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--field)", fontSize: "13px", borderRadius: "8px" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Consolas, "Noto Sans Mono CJK SC", monospace', lineHeight: "1.55", minHeight: "240px", maxHeight: "440px", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--hover)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--select)" },
  ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--c1)", color: "#fff" },
  ".cm-matchingBracket": { backgroundColor: "var(--select)" },
});

const highlight = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--c1)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--bad)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.standard(tags.name)], color: "var(--c6)" },
]);

/**
 * Types over a selection without the browser's own editing, which keeps the look of the replaced text as an inline
 * style and so breaks the page's policy. Handlers of the editor, such as closing brackets, come first.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  const { from, to, empty } = view.state.selection.main;
  if (event.inputType !== "insertText" || !event.data || empty || view.composing) return false;
  const text = event.data;
  const change = view.state.replaceSelection(text);
  const insert = () => view.state.update(change, { userEvent: "input.type", scrollIntoView: true });
  if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, insert))) view.dispatch(insert());
  return true;
}

/** Mounts the editor into a form. The textarea keeps the text, so that the form works as without an editor. */
export function mount(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLTextAreaElement>("textarea");
  const box = form.querySelector<HTMLElement>(".editor-box");
  if (!field || !box || box.dataset.mounted !== undefined) return;
  box.dataset.mounted = "";
  const schema = JSON.parse(document.getElementById("sql-schema")?.textContent ?? "{}") as Record<string, string[]>;
  const host = document.createElement("div");
  host.className = "editor-host";
  box.append(host);
  const root = host.attachShadow({ mode: "open" });
  const submit = (): boolean => {
    form.requestSubmit();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    doc: field.value,
    extensions: [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: submit }])),
      basicSetup,
      sql({ dialect: PostgreSQL, schema, upperCaseKeywords: false }),
      autocompletion({ activateOnTyping: true }),
      theme,
      syntaxHighlighting(highlight),
      EditorView.domEventHandlers({ beforeinput: typeOver }),
      EditorView.contentAttributes.of({ "aria-label": form.querySelector("label")?.textContent ?? "SQL", tabindex: "0" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) field.value = update.state.doc.toString();
      }),
    ],
  });
  field.hidden = true;
  form.querySelector("label")?.addEventListener("click", () => view.focus());
}
