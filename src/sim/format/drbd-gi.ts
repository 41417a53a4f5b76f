/** DRBD's generations, as debugfs has them (drbd_debugfs.c, device_data_gen_id_show). */
import { uuidText } from "../model/drbd/generation.ts";
import { other } from "../model/guest.ts";
import { type Format, notHere, ok } from "./answer.ts";
import { configured } from "./drbd-status-text.ts";

export const drbdGi: Format = (world, host) => {
  if (world.drbd.size === 0) return notHere;
  const lines = configured(world, host.ix).flatMap((resource) =>
    resource.volumes.flatMap((spec, at) => {
      const state = resource.nodes[host.ix].volumes[at];
      if (state === undefined || state.disk === "Diskless") return [];
      const { current, bitmap, younger, older } = state.gi;
      const [c, b, y, o] = [current, bitmap, younger, older].map((uuid) => `0x${uuidText(uuid)}`);
      const file = `${resource.name}/volumes/${spec.volume}/data_gen_id:`;
      if (resource.flavour === "8.4") return [c, b, y, o].map((uuid) => `${file}${uuid}\n`);
      return [c, `[${other(host.ix)}]${b}`, y, o].map((uuid) => `${file}${uuid}\n`);
    }),
  );
  return ok(lines.length === 0 ? "" : `@@ debugfs\n${lines.join("")}`);
};
