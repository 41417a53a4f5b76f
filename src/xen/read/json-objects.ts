/**
 * Lists of JSON objects as iproute2 prints them, taken apart without trusting them: an output that was cut, has a warning before it
 * or a broken element in it still gives all its whole objects, and the rest as text.
 */
import { clean } from "./clean.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonObjects {
  readonly objects: readonly JsonObject[];
  /** What wasn't an object, cleaned, at most NOT_UNDERSTOOD_MAX entries. */
  readonly not_understood: readonly string[];
}

/** More text than this that wasn't understood tells nobody more. */
export const NOT_UNDERSTOOD_MAX = 50;
export const CUT_NOTE = "(output cut at its size limit: rows are missing)";

export const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function parseOrNone(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Ends of the balanced `{...}` that begins at `start`, or -1. Strings are skipped; one pass. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index += 1) {
    const char = text[index];
    if (inString) {
      if (char === "\\") index += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{") depth += 1;
    else if (char === "}") {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return -1;
}

/** Objects of a text that isn't JSON as a whole: one after another, whatever stands between them. */
function salvage(text: string): { found: JsonObject[]; rest: string[] } {
  const found: JsonObject[] = [];
  const rest: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf("{", at);
    const between = text.slice(at, start < 0 ? text.length : start);
    for (const line of between.split("\n")) if (/[^\s,[\]]/.test(line)) rest.push(line.trim());
    if (start < 0) break;
    const end = objectEnd(text, start);
    if (end < 0) {
      rest.push(text.slice(start));
      break;
    }
    const value = parseOrNone(text.slice(start, end));
    if (isObject(value)) found.push(value);
    else rest.push(text.slice(start, end));
    at = end;
  }
  return { found, rest };
}

const isEmpty = (object: JsonObject): boolean => Object.keys(object).length === 0;

/** Total. Empty objects are left out: iproute2 prints `{}` for what its own filter removed. */
export function jsonObjects(text: string): JsonObjects {
  const whole = parseOrNone(text);
  if (Array.isArray(whole)) {
    const objects = whole.filter(isObject).filter((object) => !isEmpty(object));
    const others = whole.filter((value) => !isObject(value)).slice(0, NOT_UNDERSTOOD_MAX);
    return { objects, not_understood: others.map((value) => clean(Array.isArray(value) ? "[...]" : String(value))) };
  }
  const { found, rest } = salvage(text);
  return {
    objects: found.filter((object) => !isEmpty(object)),
    not_understood: rest.slice(0, NOT_UNDERSTOOD_MAX).map((line) => clean(line)),
  };
}

/** A cleaned string, also where a number stands for it; undefined where there is none or it is empty. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : clean(value);
  return typeof value === "number" ? String(value) : undefined;
}
export const numberOf = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
export const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
/** iproute2 prints some switches as true/false and some as 0/1. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === "boolean") return value;
  return value === 0 ? false : value === 1 ? true : undefined;
}
export const textsOf = (value: unknown): string[] => listOf(value).flatMap((item) => textOf(item) ?? []);

/** A value that had nothing of what was looked for, as text. */
export function notUnderstood(value: unknown): string {
  try {
    return clean(JSON.stringify(value) ?? "(nothing)");
  } catch {
    return "(nested too deep to be shown)";
  }
}
