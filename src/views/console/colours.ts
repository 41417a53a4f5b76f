/** A guest's colours and attributes as SGR parameters, as far as the operator's terminal can show them. Pure. */
import type { ColourDepth } from "../theme.ts";

export type Colour =
  | { readonly kind: "default" }
  | { readonly kind: "palette"; readonly index: number }
  /** 0xRRGGBB */
  | { readonly kind: "rgb"; readonly value: number };

/** xterm's first 16 colours: what a palette number is taken for where it has to be compared. */
const basic: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
/** Steps of the 6x6x6 cube (palette 16 to 231), and of the greys after it (232 to 255). */
const CUBE = [0, 95, 135, 175, 215, 255] as const;
const GREY_FIRST = 8;
const GREY_STEP = 10;
const GREYS = 24;

type Rgb = readonly [red: number, green: number, blue: number];

const rgbOf = (value: number): Rgb => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
const distance = (a: Rgb, b: Rgb): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;

/** What palette number stands for. */
export function paletteRgb(index: number): Rgb {
  if (index < 16) return basic[index] ?? [0, 0, 0];
  if (index >= 232) {
    const grey = GREY_FIRST + GREY_STEP * (index - 232);
    return [grey, grey, grey];
  }
  const at = index - 16;
  return [CUBE[Math.floor(at / 36)] ?? 0, CUBE[Math.floor(at / 6) % 6] ?? 0, CUBE[at % 6] ?? 0];
}

const nearestStep = (level: number): number =>
  CUBE.reduce<number>((best, step, at) => (Math.abs(step - level) < Math.abs((CUBE[best] ?? 0) - level) ? at : best), 0);

/** The nearest of palette 16 to 255: those mean the same in every terminal. */
function nearest256(rgb: Rgb): number {
  const [red, green, blue] = rgb;
  const cube = 16 + 36 * nearestStep(red) + 6 * nearestStep(green) + nearestStep(blue);
  const mean = (red + green + blue) / 3;
  const grey = 232 + Math.min(GREYS - 1, Math.max(0, Math.round((mean - GREY_FIRST) / GREY_STEP)));
  return distance(paletteRgb(grey), rgb) < distance(paletteRgb(cube), rgb) ? grey : cube;
}

const nearest16 = (rgb: Rgb): number =>
  basic.reduce((best, each, at) => (distance(each, rgb) < distance(basic[best] ?? [0, 0, 0], rgb) ? at : best), 0);

const numbered = (index: number, side: "text" | "ground"): string => {
  const first = side === "text" ? 30 : 40;
  if (index < 8) return String(first + index);
  return index < 16 ? String(first + 60 + index - 8) : `${first + 8};5;${index}`;
};

/** SGR parameters of a colour; empty: the terminal's own. */
export function colourParameters(colour: Colour, side: "text" | "ground", depth: ColourDepth): string {
  if (colour.kind === "default" || depth === "none") return "";
  if (colour.kind === "palette" && (depth !== "16" || colour.index < 16)) return numbered(colour.index, side);
  const rgb = colour.kind === "palette" ? paletteRgb(colour.index) : rgbOf(colour.value);
  if (depth === "16") return numbered(nearest16(rgb), side);
  if (depth === "256") return numbered(nearest256(rgb), side);
  return `${side === "text" ? 38 : 48};2;${rgb.join(";")}`;
}
