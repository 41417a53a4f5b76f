/** Equal parts keep their identity: a host tells four hundred volumes anew because one of them has changed. */

type Plain = Readonly<Record<string, unknown>>;

const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/**
 * `made`, with every part of it that equals the same part of `old` replaced by that one; `old` itself where all is equal. Neither is changed.
 * For plain data: objects, arrays, Maps and Sets of it; anything else is the same only by identity.
 */
export function shared<T>(old: T, made: T): T {
  return merge(old, made) as T;
}

function merge(old: unknown, made: unknown): unknown {
  if (Object.is(old, made)) return old;
  if (Array.isArray(old) && Array.isArray(made)) return mergeLists(old, made);
  if (isPlain(old) && isPlain(made)) return mergeObjects(old, made);
  if (old instanceof Map && made instanceof Map) return mergeMaps(old, made);
  if (old instanceof Set && made instanceof Set) return sameSet(old, made) ? old : made;
  return made;
}

/** By place; where something came or went in the middle, what follows it is compared from the end. */
function mergeLists(old: readonly unknown[], made: readonly unknown[]): readonly unknown[] {
  const shift = old.length - made.length;
  let from_end = false;
  let same = shift === 0;
  let reused = false;
  const merged = made.map((item, index) => {
    let found = merge(old[from_end ? index + shift : index], item);
    if (shift !== 0 && !from_end && found !== old[index]) {
      from_end = true;
      found = merge(old[index + shift], item);
    }
    if (found !== old[index]) same = false;
    if (found !== item) reused = true;
    return found;
  });
  return same ? old : reused ? merged : made;
}

/** Of plain data, which inherits nothing: its own, without a list of their names. */
function countOf(of: object): number {
  let count = 0;
  for (const _ in of) count += 1;
  return count;
}

function mergeObjects(old: Plain, made: Plain): Plain {
  let same = countOf(made) === countOf(old);
  let reused: Record<string, unknown> | undefined;
  for (const name in made) {
    const item = made[name];
    const found = merge(old[name], item);
    if (!Object.is(found, old[name]) || !(name in old)) same = false;
    if (!Object.is(found, item)) {
      reused ??= { ...made };
      reused[name] = found;
    }
  }
  return same ? old : (reused ?? made);
}

function mergeMaps(old: ReadonlyMap<unknown, unknown>, made: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
  let same = old.size === made.size;
  const before = old.keys();
  const merged = new Map<unknown, unknown>();
  for (const [key, item] of made) {
    const found = merge(old.get(key), item);
    // The order is part of what a map tells.
    if (!Object.is(before.next().value, key) || !old.has(key) || !Object.is(found, old.get(key))) same = false;
    merged.set(key, found);
  }
  return same ? old : merged;
}

/** Also in order. */
function sameSet(old: ReadonlySet<unknown>, made: ReadonlySet<unknown>): boolean {
  const before = old.values();
  return old.size === made.size && [...made].every((item) => Object.is(before.next().value, item));
}

/** The old map where the keys are the same, in the same order: for values that follow from them. */
export function sameKeys<T extends ReadonlyMap<unknown, unknown>>(old: T, made: T): T {
  const before = old.keys();
  return old.size === made.size && [...made.keys()].every((key) => Object.is(before.next().value, key)) ? old : made;
}

/** The old list, object or pair where each of its members is the very same. */
export function sameMembers<T extends object>(old: T, made: T): T {
  if (countOf(made) !== countOf(old)) return made;
  for (const name in made) if (!Object.is(old[name], made[name])) return made;
  return old;
}
