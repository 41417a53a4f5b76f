/** `lvcreate --snapshot` and `lvremove` on a simulated host (lvm2 2.03: its words and exit statuses). */
import type { LvSpec, SimStorage } from "../model/storage.ts";
import type { Tool, ToolRun } from "./tool.ts";

const EXTENT_KIB = 4096;
/** ECMD_FAILED. */
const FAILED = 5;
const TOOK_MS = 400;

const value = (argv: readonly string[], option: string): string | undefined => {
  const at = argv.indexOf(option);
  return at < 0 ? undefined : argv[at + 1];
};

function named({ host }: ToolRun, word: string): LvSpec | undefined {
  const [vg, name] = word.replace(/^\/dev\//, "").split("/");
  return host.storage.lvs.find((lv) => lv.vg === vg && lv.name === name);
}

const replaced = (storage: SimStorage, lv: LvSpec, by: Partial<LvSpec>): void => {
  storage.lvs = storage.lvs.map((each) => (each === lv ? { ...each, ...by } : each));
};
const take = (storage: SimStorage, vg: string, kib: number): void => {
  storage.vgs = storage.vgs.map((group) => (group.name === vg ? { ...group, free_kib: group.free_kib - kib } : group));
};

/** What DRBD has written to a volume so far: a snapshot fills by what is written from then on. */
const writtenKib = ({ world, host }: ToolRun, path: string): number => {
  for (const resource of world.drbd.values())
    for (const [at, spec] of resource.volumes.entries())
      if (spec.backing === path) return resource.nodes[host.ix].volumes[at]?.written_kib ?? 0;
  return 0;
};

export const lvcreate: Tool = (run) => {
  const { host, argv, say, end, after } = run;
  const { storage } = host;
  const name = value(argv, "--name") ?? "";
  const origin = named(run, argv.at(-1) ?? "");
  const fail = (text: string): void => {
    say(`  ${text}`);
    end(FAILED);
  };
  if (!argv.includes("--snapshot")) return fail("Only snapshots can be made here.");
  if (origin === undefined) return fail(`Failed to find logical volume "${argv.at(-1)}"`);
  if (storage.lvs.some((lv) => lv.vg === origin.vg && lv.name === name))
    return fail(`Logical Volume "${name}" already exists in volume group "${origin.vg}"`);
  const thin = origin.pool !== undefined;
  const wanted_kib = Number(/^(\d+)k$/.exec(value(argv, "--size") ?? "")?.[1] ?? Number.NaN);
  if (!thin && Number.isNaN(wanted_kib)) return fail("Please specify either size or extents with snapshots.");
  const size_kib = thin ? origin.size_kib : Math.ceil(wanted_kib / EXTENT_KIB) * EXTENT_KIB;
  const free_kib = storage.vgs.find((vg) => vg.name === origin.vg)?.free_kib ?? 0;
  if (!thin && free_kib < size_kib)
    return fail(
      `Volume group "${origin.vg}" has insufficient free space (${Math.floor(free_kib / EXTENT_KIB)} extents): ${size_kib / EXTENT_KIB} required.`,
    );
  after(TOOK_MS, () => {
    if (!thin) {
      take(storage, origin.vg, size_kib);
      replaced(storage, origin, { attr: `o${origin.attr.slice(1, 6)}s${origin.attr.slice(7)}` });
    }
    storage.lvs.push({
      name,
      vg: origin.vg,
      size_kib,
      dm_minor: 1 + Math.max(...storage.lvs.map(({ dm_minor }) => dm_minor)),
      attr: thin ? "Vwi---tz-k" : "swi-a-s---",
      pool: origin.pool,
      origin: origin.name,
      data_percent: thin ? undefined : 0,
      metadata_percent: undefined,
      ...(thin ? {} : { origin_written_kib: writtenKib(run, `/dev/${origin.vg}/${origin.name}`) }),
    });
    say(`  Logical volume "${name}" created.`);
    end(0);
  });
};

export const lvremove: Tool = (run) => {
  const { host, argv, say, end, after } = run;
  const { storage } = host;
  const lv = named(run, argv.at(-1) ?? "");
  if (lv === undefined) {
    say(`  Failed to find logical volume "${argv.at(-1)}"`);
    return end(FAILED);
  }
  if (lv.attr[5] === "o") {
    say(`  Logical volume ${lv.vg}/${lv.name} in use.`);
    return end(FAILED);
  }
  after(TOOK_MS, () => {
    storage.lvs = storage.lvs.filter((each) => each !== lv);
    const left = storage.lvs.some(({ vg, origin, pool }) => vg === lv.vg && origin === lv.origin && pool === undefined);
    const origin = storage.lvs.find(({ vg, name }) => vg === lv.vg && name === lv.origin);
    if (origin !== undefined && !left && origin.attr.startsWith("o"))
      replaced(storage, origin, { attr: `-${origin.attr.slice(1, 6)}-${origin.attr.slice(7)}` });
    if (lv.pool === undefined) take(storage, lv.vg, -lv.size_kib);
    say(`  Logical volume "${lv.name}" successfully removed.`);
    end(0);
  });
};
