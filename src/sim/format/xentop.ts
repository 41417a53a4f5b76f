/** `xentop -b -f -i 2 -d 1` (xentop.c). The first sample knows no CPU %: it has nothing to compare with. */
import type { SimDomain } from "../model/guest.ts";
import type { SimHost } from "../model/host.ts";
import { type Format, ok } from "./answer.ts";

const HEADER =
  "      NAME  STATE   CPU(sec) CPU(%)     MEM(k) MEM(%)  MAXMEM(k) MAXMEM(%) VCPUS NETS NETTX(k) NETRX(k) VBDS   VBD_OO   VBD_RD   VBD_WR  VBD_RSECT  VBD_WSECT SSID\n";

function state(domain: SimDomain): string {
  const is = (on: boolean, letter: string): string => (on ? letter : "-");
  const crashed = domain.run === "shutdown" && domain.reason === "c";
  return [
    is(domain.run === "dying", "d"),
    is(domain.run === "shutdown" && !crashed, "s"),
    is(domain.run === "blocked", "b"),
    is(crashed, "c"),
    is(domain.paused || domain.run === "paused", "p"),
    is(domain.run === "running", "r"),
  ].join("");
}

/** What Xen counts beside a guest's own memory. */
const OVERHEAD_KIB = 64;
const MAX_OVERHEAD_KIB = 1024;

function row(host: SimHost, domain: SimDomain, first: boolean): string {
  const whole_kib = host.hardware.memory_mib * 1024;
  const memory_kib = domain.memory_kib + (domain.domid === 0 ? 0 : OVERHEAD_KIB);
  const max_kib = domain.max_memory_kib + (domain.domid === 0 ? 0 : MAX_OVERHEAD_KIB);
  const sum = (of: readonly number[]): number => of.reduce((total, each) => total + each, 0);
  const percent = (kib: number): string => ((kib * 100) / whole_kib).toFixed(1);
  const columns: (readonly [string | number, number])[] = [
    [domain.name ?? "(null)", 10],
    [state(domain), 6],
    [Math.floor(domain.cpu_time_s), 10],
    [first ? "0.0" : (domain.cpu_now * 100).toFixed(1), 6],
    [memory_kib, 10],
    [percent(memory_kib), 6],
    [max_kib, 10],
    [percent(max_kib), 9],
    [domain.vcpus, 5],
    [domain.vifs.length, 4],
    [Math.floor(sum(domain.vifs.map((vif) => vif.tx_bytes)) / 1024), 8],
    [Math.floor(sum(domain.vifs.map((vif) => vif.rx_bytes)) / 1024), 8],
    [domain.vbds.length, 4],
    [0, 8],
    [sum(domain.vbds.map((vbd) => vbd.reads)), 8],
    [sum(domain.vbds.map((vbd) => vbd.writes)), 8],
    [sum(domain.vbds.map((vbd) => vbd.read_sectors)), 10],
    [sum(domain.vbds.map((vbd) => vbd.written_sectors)), 10],
    [0, 4],
  ];
  return `${columns.map(([value, width]) => String(value).padStart(width)).join(" ")}\n`;
}

const byName = (a: SimDomain, b: SimDomain): number => {
  const [x, y] = [(a.name ?? "").toLowerCase(), (b.name ?? "").toLowerCase()];
  return x < y ? -1 : Number(x > y);
};

export const xentop: Format = (_world, host) => {
  const sorted = [...host.domains].sort(byName);
  const sample = (first: boolean): string => HEADER + sorted.map((domain) => row(host, domain, first)).join("");
  return ok(sample(true) + sample(false));
};

/** The reading keeps the second sample alone. */
export const secondSample = (stdout: string): string => stdout.slice(Math.max(0, stdout.indexOf(HEADER, 1)));
