/** `multipathd fail|reinstate path DEV` and `multipath -f MAP` (multipath-tools 0.9: cli_handlers.c, main.c). */
import { failPath, restorePath } from "../model/storage-paths.ts";
import type { Tool } from "./tool.ts";
import { usersOfMap } from "./users.ts";

const TOOK_MS = 60;
/** Its transport is still gone: the next I/O fails it again. */
const AGAIN_MS = 900;

export const multipathd: Tool = ({ world, host, argv, say, end, after }) => {
  const [verb, what, dev = ""] = argv;
  const path = host.storage.paths.find((each) => each.dev === dev);
  const fits = (verb === "fail" || verb === "reinstate") && what === "path";
  if (!fits || path === undefined || !host.storage.has_multipath) {
    say(fits ? "fail" : `multipathd: invalid command`);
    return end(1);
  }
  after(TOOK_MS, () => {
    if (verb === "fail") failPath(world, host, path, "operator");
    else {
      restorePath(world, host, path, "operator");
      if (path.dev_state !== "running") after(AGAIN_MS, () => failPath(world, host, path));
    }
    say("ok");
    end(0);
  });
};

export const multipath: Tool = ({ host, argv, say, end, after }) => {
  const [option, name = ""] = argv;
  const map = host.storage.maps.find((each) => each.name === name || each.wwid === name);
  if (option !== "-f" || map === undefined) {
    say(option === "-f" ? `${name}: not a multipath device` : "usage: multipath -f MAP");
    return end(1);
  }
  after(TOOK_MS, () => {
    if (usersOfMap(host, map.wwid) > 0) {
      say(`${name}: map in use`);
      return end(1);
    }
    host.storage.maps = host.storage.maps.filter((each) => each !== map);
    end(0);
  });
};
