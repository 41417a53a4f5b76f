/**
 * What is made of one set of facts, made once: facts never change after they are read, so an index of them lives as long as they do.
 * Keeps selectors that look up four hundred volumes linear, and changes nothing in what they give.
 */
export function perFacts<Facts extends object, Made>(make: (facts: Facts) => Made): (facts: Facts) => Made {
  const made = new WeakMap<Facts, Made>();
  return (facts) => {
    const old = made.get(facts);
    if (old !== undefined) return old;
    const fresh = make(facts);
    made.set(facts, fresh);
    return fresh;
  };
}

/** The same of two answers, one after the other: asked for by whoever tells what has changed, and by whoever tells whether that is urgent. */
export function perPairOfFacts<Facts extends object, Made>(
  make: (before: Facts, after: Facts) => Made,
): (before: Facts, after: Facts) => Made {
  const last = new WeakMap<Facts, { readonly before: WeakRef<Facts>; readonly made: Made }>();
  return (before, after) => {
    const known = last.get(after);
    if (known !== undefined && known.before.deref() === before) return known.made;
    const made = make(before, after);
    last.set(after, { before: new WeakRef(before), made });
    return made;
  };
}

/** Items by a key, in the order they came. */
export function groupedBy<Item, Key>(items: readonly Item[], key: (item: Item) => Key): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The first item of each key; those without one are left out. */
export function firstBy<Item, Key>(items: readonly Item[], key: (item: Item) => Key | undefined): ReadonlyMap<Key, Item> {
  const found = new Map<Key, Item>();
  for (const item of items) {
    const name = key(item);
    if (name !== undefined && !found.has(name)) found.set(name, item);
  }
  return found;
}
