/** Small changes to a recorded pair, in the words of the tools. */
import type { PairState } from "../../../src/state/state.ts";
import type { HostId } from "../../../src/xen/model/ids.ts";
import type { DiskConfig, DomainList, GuestConfig, NicConfig } from "../../../src/xen/model/xen.ts";
import { parseXlList } from "../../../src/xen/read/xl-list.ts";
import { factsOf, withFacts } from "../pair-from-recordings.ts";

export const WEB01 = "5ca1ab1e-0000-4000-8000-000000000011";
export const DB01 = "5ca1ab1e-0000-4000-8000-000000000022";
export const CACHE01 = "5ca1ab1e-0000-4000-8000-000000000033";

/** `["web01", 7, "-b----", WEB01]` as a row of `xl list -v`. */
export type DomainRow = readonly [name: string, domid: number, flags: string, uuid?: string, vcpus?: number];

export function domains(...rows: readonly DomainRow[]): DomainList {
  const lines = rows.map(([name, domid, flags, uuid, vcpus = 1]) => `${name}  ${domid}  112  ${vcpus}  ${flags}  10.0 ${uuid ?? ""}`);
  const result = parseXlList({ rc: 0, stdout: ["Domain-0  0  800  1  r-----  10.0", ...lines].join("\n"), truncated: false });
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.facts;
}

export const withDomains = (pair: PairState, host: HostId, ...rows: readonly DomainRow[]): PairState =>
  withFacts(pair, host, "xl-list", domains(...rows));

/** The host's files with some of them changed; undefined: removed. */
export function withConfigs(pair: PairState, host: HostId, change: (config: GuestConfig) => GuestConfig | undefined): PairState {
  const files = factsOf(pair, host, "xl-configs").flatMap((file) => {
    const config = file.config === undefined ? undefined : change(file.config);
    return config === undefined ? [] : [{ ...file, config }];
  });
  return withFacts(pair, host, "xl-configs", files);
}

export const onBoth = (pair: PairState, change: (pair: PairState, host: HostId) => PairState): PairState => pair.order.reduce(change, pair);

export const disk = (over: Partial<DiskConfig>): DiskConfig => ({
  vdev: "xvda",
  target: undefined,
  format: "raw",
  script: undefined,
  backend: undefined,
  read_write: true,
  cdrom: false,
  ...over,
});
export const nic = (over: Partial<NicConfig>): NicConfig => ({
  devid: 0,
  mac: undefined,
  bridge: undefined,
  ifname: undefined,
  script: "vif-bridge",
  mtu: undefined,
  model: undefined,
  ...over,
});

/** web01 configured (not only running) with these disks on both hosts; what runs is forgotten, so the file counts. */
export function withDisks(pair: PairState, ...disks: readonly DiskConfig[]): PairState {
  return onBoth(pair, (state, host) => {
    const configured = withConfigs(state, host, (config) => (config.name === "web01" ? { ...config, disks } : config));
    return withFacts(configured, host, "xl-list-long", { domains: [], not_understood: [] });
  });
}
