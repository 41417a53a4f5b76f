/** What a connection has to ask the operator: whether to trust a host key, or a secret. */
import type { Prompt } from "../../xen/host/link.ts";
import type { Line, Tone } from "../pane.ts";
import type { Symbols } from "../symbols.ts";
import type { Ui } from "../ui.ts";
import { BOX_FRAME_COLUMNS, BOX_FRAME_ROWS, centred, drawBox } from "./box.ts";
import type { Box } from "./canvas.ts";
import { span, textWidth, wrapText } from "./text.ts";

const PROMPT_COLUMNS_MAX = 84;
const PROMPT_TOP_ROW = 3;

const hopOf = (prompt: Prompt): string => (prompt.hop === prompt.host ? prompt.host : `${prompt.hop}, on the way to ${prompt.host}`);

/** The end of what was typed stays in sight. */
function inputLine(shown: string, width: number, symbols: Symbols): Line {
  const room = width - 3;
  const characters = [...shown];
  while (characters.length > 0 && textWidth(characters.join("")) > room) characters.shift();
  return [span(`${symbols.cursor} `, "accent"), span(characters.join("")), { text: " ", inverse: true }];
}

const wrapped = (text: string, width: number, tone?: Tone): Line[] => wrapText(text, width).map((line): Line => [span(line, tone)]);

/** A fingerprint is never cut: half of one can't be compared. */
function hostKeyLines(prompt: Extract<Prompt, { kind: "host_key" }>, width: number, brief: boolean): Line[] {
  const warning = `This key is not known in ${prompt.file}. Compare the fingerprint with one you have from somewhere else; whoever sits between could show you this too.`;
  const note = prompt.note === undefined ? [] : wrapped(`${prompt.note}.`, width, "warning");
  return [
    ...wrapped(`${hopOf(prompt)}, ${prompt.key_type}`, width, "title"),
    ...wrapped(prompt.fingerprint, width, "accent"),
    [],
    ...(brief ? [] : wrapped(warning, width)),
    ...note,
    [],
    ...wrapped("Type yes to trust it and remember it. Anything else refuses the connection.", width),
  ];
}

/** A passphrase opens a key here; what a server asks for goes to that server. */
function destination({ from_server, echo, hop }: Extract<Prompt, { kind: "secret" }>): string {
  if (from_server !== true) return "It is kept nowhere.";
  return echo ? `The answer is sent to ${hop}.` : `The answer is sent to ${hop} and kept nowhere.`;
}

function secretLines(prompt: Extract<Prompt, { kind: "secret" }>, width: number): Line[] {
  return [
    ...wrapped(hopOf(prompt), width, "title"),
    [],
    ...wrapped(prompt.from_server === true ? `${prompt.hop} asks: ${prompt.label}` : prompt.label, width),
    [span(destination(prompt), "dim")],
  ];
}

export function drawPrompt(
  asked: { readonly prompt: Prompt; readonly text: string; readonly waiting: number },
  ui: Ui,
  symbols: Symbols,
): Box {
  const { prompt, text, waiting } = asked;
  const place = centred(ui.columns, PROMPT_COLUMNS_MAX);
  const width = place.width - BOX_FRAME_COLUMNS;
  const hidden = prompt.kind === "secret" && !prompt.echo;
  const shown = hidden ? symbols.secret.repeat([...text].length) : text;
  const told = (brief: boolean): Line[] => (prompt.kind === "host_key" ? hostKeyLines(prompt, width, brief) : secretLines(prompt, width));
  // Where the window is too low, what is known anyway goes first: the question itself has to be seen.
  const room = ui.rows - PROMPT_TOP_ROW - BOX_FRAME_ROWS - 1;
  const shorter = [told(false), told(false).filter((line) => line.length > 0)];
  const lines = shorter.find(({ length }) => length <= room) ?? told(true).filter((line) => line.length > 0);
  return drawBox(
    {
      title: prompt.kind === "host_key" ? "Unknown host key" : "Authentication",
      lines: [...lines, inputLine(shown, width, symbols)],
      note: `${waiting > 0 ? `${waiting} more to answer  ` : ""}enter answers  esc declines`,
    },
    { ...place, y: PROMPT_TOP_ROW },
    symbols,
  );
}
