/** Lists inside a JSON object (`{"maps":[...]}`), and numbers that old tools print as text. See json-objects.ts for bare lists. */
import { isObject, type JsonObject, type JsonObjects, jsonObjects, listOf, notUnderstood, numberOf } from "./json-objects.ts";

/** No size, count or rate is written with more digits. */
const DIGITS_MAX = 24;
const decimal = /^-?\d+(?:\.\d+)?$/;

/** A number, also where it stands as text (lsblk before 2.33, LVM); undefined for anything else, also for an empty text. */
export function numberLike(value: unknown): number | undefined {
  if (typeof value !== "string") return numberOf(value);
  const text = value.trim();
  return text.length <= DIGITS_MAX && decimal.test(text) ? Number(text) : undefined;
}

/**
 * The objects of the list called `key` in the outermost object, or in each element of `within` of it (LVM's `report`).
 * Text that was cut still gives its whole objects. undefined: no such list anywhere, the answer is something else.
 */
export function jsonRows(text: string, key: string, within?: string): JsonObjects | undefined {
  const root = whole(text);
  if (root !== undefined) {
    const holders = within === undefined ? [root] : listOf(root[within]).filter(isObject);
    const lists = holders.map((holder) => holder[key]).filter(Array.isArray);
    if (lists.length === 0) return undefined;
    const rows: unknown[] = lists.flat(1);
    return {
      objects: rows.filter(isObject),
      not_understood: rows.filter((row) => !isObject(row)).map((row) => notUnderstood({ row })),
    };
  }
  const named = text.indexOf(`"${key}"`);
  const start = named < 0 ? -1 : text.indexOf("[", named);
  return start < 0 ? undefined : jsonObjects(text.slice(start + 1));
}

function whole(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
