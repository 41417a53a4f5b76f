/** Seeded randomness (mulberry32): the same seed plays the same incident, byte for byte. */
export interface Random {
  /** [0, 1) */
  next(): number;
  /** [low, high) */
  between(low: number, high: number): number;
  /** Integer in [low, high]. */
  int(low: number, high: number): number;
  /** Upper-case hex digits. */
  hex(digits: number): string;
  /** A generator of its own, so that one more draw here changes nothing there. */
  fork(name: string): Random;
}

export function hash32(text: string): number {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash >>> 0;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    int,
    hex: (digits) => Array.from({ length: digits }, () => "0123456789ABCDEF"[int(0, 15)]).join(""),
    fork: (name) => createRandom((seed ^ hash32(name)) >>> 0),
  };
}
