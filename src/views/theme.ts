/** Tones to SGR for what the terminal can show. Colour only ever adds to a symbol and a word. Pure; the environment is given. */
import type { Line, Span, Tone } from "./pane.ts";
import { toAscii } from "./symbols.ts";
import { isDropped, widthOfCodePoint } from "./terminal/width.ts";

export const colourDepths = ["none", "16", "256", "truecolor"] as const;
export type ColourDepth = (typeof colourDepths)[number];

export interface Look {
  readonly depth: ColourDepth;
  /** The terminal's background is light. */
  readonly light: boolean;
  readonly ascii: boolean;
}

/** `--color`, `--light`, `--ascii`; undefined: find out. */
export interface LookOptions {
  readonly depth?: ColourDepth | undefined;
  readonly light?: boolean | undefined;
  readonly ascii?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const truecolourTerms = /direct|kitty|alacritty|ghostty|wezterm|foot|contour/;
const colourlessTerms = /^(dumb|vt100|vt102|vt52|unknown)$/;

/** no-color.org, COLORTERM as terminals set it, else the terminfo name. */
function depthOf(env: Environment): ColourDepth {
  const term = env.TERM ?? "";
  if ((env.NO_COLOR ?? "") !== "" || term === "" || colourlessTerms.test(term)) return "none";
  if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? "") || truecolourTerms.test(term)) return "truecolor";
  return term.includes("256") ? "256" : "16";
}

/** rxvt, Konsole and others say `foreground;background` as palette numbers. */
function isLight(env: Environment): boolean {
  const background = env.COLORFGBG?.split(";").at(-1);
  return background === "7" || background === "15";
}

/** The Linux console has the encoding but not the glyphs. */
function isAscii(env: Environment): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== "") ?? "";
  return env.TERM === "linux" || !/utf-?8/i.test(locale);
}

export const lookOf = (options: LookOptions, env: Environment): Look => ({
  depth: options.depth ?? depthOf(env),
  light: options.light ?? isLight(env),
  ascii: options.ascii ?? isAscii(env),
});

/** SGR parameters of a tone. */
type Palette = Readonly<Record<Tone, string>>;

// Short parameters on purpose: they are sent with every change of colour (see 32-byte guard in test/views/theme.test.ts).
const palettes: Readonly<Record<ColourDepth, { readonly dark: Palette; readonly light: Palette }>> = {
  truecolor: {
    dark: {
      plain: "",
      dim: "38;2;125;133;144",
      ok: "38;2;87;171;90",
      info: "38;2;83;155;245",
      warning: "38;2;224;170;60",
      critical: "1;38;2;255;99;92",
      unknown: "38;2;184;134;240",
      stale: "38;2;166;144;90",
      accent: "38;2;76;190;196",
      title: "1",
    },
    light: {
      plain: "",
      dim: "38;2;101;109;118",
      ok: "38;2;26;127;55",
      info: "38;2;9;105;218",
      warning: "38;2;154;96;0",
      critical: "1;38;2;200;30;40",
      unknown: "38;2;130;80;223",
      stale: "38;2;120;98;44",
      accent: "38;2;0;118;128",
      title: "1",
    },
  },
  "256": {
    dark: {
      plain: "",
      dim: "38;5;245",
      ok: "38;5;71",
      info: "38;5;75",
      warning: "38;5;179",
      critical: "1;38;5;203",
      unknown: "38;5;141",
      stale: "38;5;137",
      accent: "38;5;80",
      title: "1",
    },
    light: {
      plain: "",
      dim: "38;5;241",
      ok: "38;5;28",
      info: "38;5;26",
      warning: "38;5;94",
      critical: "1;38;5;160",
      unknown: "38;5;92",
      stale: "38;5;101",
      accent: "38;5;30",
      title: "1",
    },
  },
  "16": {
    dark: {
      plain: "",
      dim: "2",
      ok: "32",
      info: "94",
      warning: "33",
      critical: "1;31",
      unknown: "35",
      stale: "2;33",
      accent: "36",
      title: "1",
    },
    light: {
      plain: "",
      dim: "2",
      ok: "32",
      info: "34",
      warning: "33",
      critical: "1;31",
      unknown: "35",
      stale: "2;33",
      accent: "36",
      title: "1",
    },
  },
  none: {
    dark: { plain: "", dim: "", ok: "", info: "", warning: "1", critical: "1", unknown: "", stale: "", accent: "1", title: "1" },
    light: { plain: "", dim: "", ok: "", info: "", warning: "1", critical: "1", unknown: "", stale: "", accent: "1", title: "1" },
  },
};

/** How the row under the cursor is set off: a quiet background where there is one, inverse where there isn't. */
const cursorParameters: Readonly<Record<ColourDepth, { readonly dark: CursorLook; readonly light: CursorLook }>> = {
  truecolor: {
    dark: { focused: "48;2;40;48;62", other: "48;2;26;31;38" },
    light: { focused: "48;2;214;226;240", other: "48;2;238;241;245" },
  },
  "256": { dark: { focused: "48;5;237", other: "48;5;235" }, light: { focused: "48;5;253", other: "48;5;255" } },
  "16": { dark: { focused: "7", other: "" }, light: { focused: "7", other: "" } },
  none: { dark: { focused: "7", other: "" }, light: { focused: "7", other: "" } },
};
interface CursorLook {
  readonly focused: string;
  readonly other: string;
}

/** How a line stands out: not, under the cursor, under the cursor of the pane that doesn't have the keys. */
export type Emphasis = "none" | "cursor" | "cursor_elsewhere";

export interface Theme {
  readonly look: Look;
  /** A line as text with SGR, every style closed at its end. */
  readonly encode: (line: Line, emphasis?: Emphasis) => string;
}

const columnsOf = (code: number): number => (isDropped(code) ? 0 : widthOfCodePoint(code));

export function createTheme(look: Look): Theme {
  const shade = look.light ? "light" : "dark";
  const palette = palettes[look.depth][shade];
  const cursor = cursorParameters[look.depth][shade];
  const shown = look.ascii ? (text: string) => toAscii(text, columnsOf) : (text: string) => text;

  const parametersOf = (span: Span, background: string): string => {
    if (span.sgr !== undefined) return span.sgr;
    // Inverse and coloured at once would be a patchwork of backgrounds: the row is one bar then.
    const tone = background === "7" ? "" : palette[span.tone ?? "plain"];
    const parts = [tone, span.bold && !tone.startsWith("1") ? "1" : "", span.inverse && background !== "7" ? "7" : "", background];
    return parts.filter((part) => part !== "").join(";");
  };

  const encode = (line: Line, emphasis: Emphasis = "none"): string => {
    const background = emphasis === "none" ? "" : emphasis === "cursor" ? cursor.focused : cursor.other;
    let text = "";
    for (const span of line) {
      if (span.text === "") continue;
      const parameters = parametersOf(span, background);
      text += parameters === "" ? shown(span.text) : `\x1b[${parameters}m${shown(span.text)}\x1b[0m`;
    }
    return text;
  };

  return { look, encode };
}
