/**
 * The one table of what decides whether a guest can be on a host: readiness goes by it all the time (select/readiness.ts), and every plan that starts or moves
 * a guest takes over what it said (plan/actions/able.ts). What a plan asks beyond it is in plan/actions/preflight.ts, each with the reason.
 */
import type { ReadinessCheck } from "../view-model.ts";
import { type Fact, type JudgedCheck, onHere, type PreflightInput } from "./check.ts";
import { diskChecks, sizeChecks } from "./disks.ts";
import { bootfiles, config, name, passthrough, pool, vifname } from "./guest.ts";
import { memory } from "./memory.ts";
import { abilities, hardware, processor, version } from "./xen.ts";

const one =
  (fact: Fact) =>
  (input: PreflightInput): readonly JudgedCheck[] => {
    const found = fact(input);
    return found === undefined ? [] : [found];
  };

const LINKS = onHere("ip-link");
const networkChecks = ({ here, nics }: PreflightInput): readonly JudgedCheck[] =>
  nics.map(({ starts }) => ({ id: "network", ...starts[here.index], from: LINKS }));

export const facts: Readonly<Record<Exclude<ReadinessCheck["id"], "host">, (input: PreflightInput) => readonly JudgedCheck[]>> = {
  disk: diskChecks,
  size: sizeChecks,
  network: networkChecks,
  vifname: one(vifname),
  name: one(name),
  config: one(config),
  memory: one(memory),
  hardware: one(hardware),
  version: one(version),
  processor: one(processor),
  xen: one(abilities),
  passthrough: one(passthrough),
  bootfiles: one(bootfiles),
  pool: one(pool),
};

const judges = Object.values(facts);
export const judgedFacts = (input: PreflightInput): readonly JudgedCheck[] => judges.flatMap((judge) => judge(input));
