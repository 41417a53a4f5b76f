/** `drbdsetup wait-sync MINOR` (8.4) and `wait-sync-resource RESOURCE` (9): come back once nothing is copied any more, or once it was given up. */
import type { DrbdResource } from "../model/drbd/types.ts";
import type { Tool } from "./tool.ts";

const LOOK_MS = 500;

export const drbdsetup: Tool = ({ world, host, argv, say, end, after }) => {
  const [verb = "", word = ""] = argv;
  const all = [...world.drbd.values()];
  const found: Readonly<Record<string, (word: string) => DrbdResource | undefined>> = {
    "wait-sync": (minor) => all.find(({ flavour, volumes }) => flavour === "8.4" && volumes.some((spec) => String(spec.minor) === minor)),
    "wait-sync-resource": (name) => all.find((resource) => resource.flavour === "9.2" && resource.name === name),
  };
  const resource = found[verb]?.(word);
  if (resource === undefined) {
    say(
      found[verb] === undefined ? "USAGE: drbdsetup command {arguments} [options]" : `${word}: Failure: (127) Device minor not allocated`,
    );
    return end(found[verb] === undefined ? 20 : 10);
  }
  const node = resource.nodes[host.ix];
  const look = (): void => {
    const given_up = ["StandAlone", "Disconnecting"].includes(node.connection);
    const of = node.volumes.filter((_, at) => verb !== "wait-sync" || String(resource.volumes[at]?.minor) === word);
    if (given_up || of.every(({ replication }) => replication === "Established")) end(0);
    else after(LOOK_MS, look);
  };
  look();
};
