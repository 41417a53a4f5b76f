/** `xl list -v` (xl_list.c, list_domains; xl_info.c:371). */
import { DOM0_UUID, type SimDomain } from "../model/guest.ts";
import { type Format, ok } from "./answer.ts";

export const HEADER_VERBOSE =
  "Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label\n";
const HEADER = "Name                                        ID   Mem VCPUs\tState\tTime(s)\n";

const reasonCode: Readonly<Record<SimDomain["reason"], number>> = { "-": 0, r: 1, s: 2, c: 3 };

export function stateLetters(domain: SimDomain): string {
  const shut = domain.run === "shutdown";
  return [
    domain.run === "running" ? "r" : "-",
    domain.run === "blocked" ? "b" : "-",
    domain.paused || domain.run === "paused" ? "p" : "-",
    shut || domain.run === "dying" ? "s" : "-",
    shut ? domain.reason : "-",
    domain.run === "dying" ? "d" : "-",
  ].join("");
}

function row(domain: SimDomain): string {
  const name = (domain.name ?? "(null)").padEnd(40);
  const memory_mib = String(Math.floor(domain.memory_kib / 1024)).padStart(5);
  const time = domain.cpu_time_s.toFixed(1).padStart(8);
  return `${name} ${String(domain.domid).padStart(5)} ${memory_mib} ${String(domain.vcpus).padStart(5)}     ${stateLetters(domain)}  ${time}`;
}

export const xlListVerbose: Format = (_world, host) =>
  ok(
    HEADER_VERBOSE +
      host.domains
        .map((domain) => {
          const reason = domain.run === "shutdown" ? reasonCode[domain.reason].toString(16) : "-";
          const uuid = domain.domid === 0 ? DOM0_UUID : domain.uuid;
          return `${row(domain)} ${uuid} ${reason.padStart(8)} ${"-".padStart(16)}\n`;
        })
        .join(""),
  );

export const xlListPlain: Format = (_world, host) => ok(HEADER + host.domains.map((domain) => `${row(domain)}\n`).join(""));
