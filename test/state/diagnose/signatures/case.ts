/** Cases of signatures: how they are made. */
import type { Faults } from "../../../../src/sim/fault.ts";
import type { DrbdResource } from "../../../../src/sim/model/drbd/types.ts";
import type { SimDomain } from "../../../../src/sim/model/guest.ts";
import { domainOf } from "../../../../src/sim/model/host.ts";
import type { World } from "../../../../src/sim/model/world.ts";

export interface Played {
  /** A scenario's name; absent: the demo's pair, with which all is well. */
  readonly scenario?: string;
  /** Done once everything has been read. */
  readonly act?: (fault: Faults, world: World) => void;
  /** Looked at so much later. */
  readonly for_s: number;
}
export type Case = Played | { readonly recording: string };

export interface Signature {
  /** As in 2-domain, section 4; undefined: taught by the lab, or of the console itself. */
  readonly number?: number;
  readonly rule: string;
  readonly tells: Case;
  /** What the finding says, where the rule tells several things. */
  readonly cause?: RegExp;
  readonly quiet: Case;
}

export const domain = ({ hosts }: World, ix: 0 | 1, name: string): SimDomain => {
  const found = domainOf(hosts[ix], name);
  if (found === undefined) throw new Error(`no domain ${name}`);
  return found;
};
export const drbd = (world: World, name: string): DrbdResource => {
  const found = world.drbd.get(name);
  if (found === undefined) throw new Error(`no resource ${name}`);
  return found;
};
export const after = (for_s: number, act?: Played["act"]): Played => (act === undefined ? { for_s } : { for_s, act });
export const scenario = (name: string, for_s = 30): Played => ({ scenario: name, for_s });
export const recording = (name: string): Case => ({ recording: name });
export const well = after(30);
