/** What stands at the foot of a question before a change: the fields, what was said last, the keys. */
import { type Confirming, type Focus, focusOf, hasWordField, typeable } from "../acting/confirm.ts";
import type { Line } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import { cutLine, span, takeColumns, textWidth, wrapText } from "./text.ts";

export interface Fields {
  readonly confirming: Confirming;
  /** undefined: y is enough. */
  readonly word: { readonly word: string; readonly what: string } | undefined;
  readonly ready: true | string;
  /** It could be confirmed, once what is asked for is typed. */
  readonly possible: boolean;
}

/** The end of what was typed stays in sight, with the cursor behind it. */
function field(label: string, typed: string, here: boolean, width: number): Line {
  const room = width - textWidth(label) - 2;
  const characters = [...typed];
  while (characters.length > 0 && textWidth(characters.join("")) > room) characters.shift();
  return [span(label, here ? "accent" : "dim"), span(characters.join("")), ...(here ? [{ text: " ", inverse: true }] : [])];
}

export function confirmLines({ confirming, word, ready, possible }: Fields, width: number, symbols: Symbols): readonly Line[] {
  const { note } = confirming;
  const asking = { word: word?.word, possible };
  const focus = focusOf(confirming, asking);
  const rule: Line = [span(symbols.horizontal.repeat(width), "dim")];
  const reason = field("reason (for journal and audit): ", confirming.reason, focus === "reason", width);
  const typed =
    word === undefined || !hasWordField(confirming, asking)
      ? []
      : [field(`type ${word.what}, ${shownWord(word.word, width)}: `, confirming.word, focus === "word", width)];
  const said: Line =
    note !== undefined
      ? [span(`${note.tone === "info" ? symbols.severity.info : symbols.severity.warning} ${note.text}`, note.tone)]
      : ready === true
        ? [
            span(`${symbols.severity.ok} `, "ok"),
            { text: focus === "plan" ? "y does it" : "tab, then y does it", bold: true },
            span("; anything else doesn't", "dim"),
          ]
        : possible
          ? [span(`${symbols.severity.info} ${ready}`, "dim")]
          : [span(`${symbols.severity.critical} it can't be confirmed: `, "critical"), span(ready)];
  const lines = wrapLine(said, width);
  return [rule, reason, ...typed, ...lines];
}

/** Spaces at an end, or two together, would not be seen. */
function shownWord(word: string, width: number): string {
  const typed = typeable(word);
  return takeColumns(/^ | $| {2}/.test(typed) ? `"${typed}"` : typed, Math.floor(width / 2));
}

/** Two lines at most: what stands against it is above, whole. */
function wrapLine(line: Line, width: number): readonly Line[] {
  const text = line.map(({ text: part }) => part).join("");
  if (textWidth(text) <= width) return [line];
  const [first, ...rest] = wrapText(text, width);
  const tone = line[0]?.tone;
  return [[span(first ?? "", tone)], cutLine([span(rest.join(" "), tone)], width)];
}

/** For the lower edge. possible: it could be confirmed. */
export function confirmKeys(focus: Focus, possible: boolean, more: string): string {
  if (focus === "plan") return `${possible ? "y does it  n cancels" : "n closes"}  tab fields  e evidence${more}`;
  return focus === "word" ? "tab then y does it  esc cancels" : "tab  esc cancels";
}
