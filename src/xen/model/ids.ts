/** A dom0 of the pair, by the name the operator gave it (as ssh knows it). */
export type HostId = string & { readonly __brand: "HostId" };
export const hostId = (name: string): HostId => name as HostId;

/** Exactly two dom0s, in the order the operator named them. */
export type Pair<T> = readonly [T, T];
