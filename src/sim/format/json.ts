/** JSON as three different tools print it: iproute2 on one line, libxl (yajl) over many, and text that must come out as it stands. */

/** A number with the decimals that the tool prints (`0.00`). */
export interface Raw {
  readonly raw: string;
}
export const raw = (text: string): Raw => ({ raw: text });
const isRaw = (value: object): value is Raw => "raw" in value && Object.keys(value).length === 1;

export type Json = string | number | boolean | null | undefined | Raw | readonly Json[] | { readonly [key: string]: Json };

/** iproute2's jsonw: no blanks at all. Keys whose value is undefined are left out. */
export function compact(value: Json): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return `[${value.map(compact).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  if (isRaw(value)) return value.raw;
  const entries = Object.entries(value).filter(([, of]) => of !== undefined);
  return `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${compact(of)}`).join(",")}}`;
}

/** yajl_gen with beautify and four blanks: an empty object is an empty line between its braces. */
export function yajl(value: Json, depth = 0): string {
  const inner = "    ".repeat(depth + 1);
  const outer = "    ".repeat(depth);
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) {
    if (value.length === 0) return `[\n\n${outer}]`;
    return `[\n${value.map((of) => inner + yajl(of, depth + 1)).join(",\n")}\n${outer}]`;
  }
  if (typeof value !== "object") return JSON.stringify(value);
  if (isRaw(value)) return value.raw;
  const entries = Object.entries(value).filter(([, of]) => of !== undefined);
  if (entries.length === 0) return `{\n\n${outer}}`;
  return `{\n${entries.map(([key, of]) => `${inner}${JSON.stringify(key)}: ${yajl(of, depth + 1)}`).join(",\n")}\n${outer}}`;
}
