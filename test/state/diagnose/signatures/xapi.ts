/** XenServer and XCP-ng: the demo's pair, with what `xe` would say there. */
import type { World } from "../../../../src/sim/model/world.ts";
import { ASLEEP, pool, slaveOf, xapiAnswer } from "../../../xen/read/xapi-answers.ts";
import { after, type Played, type Signature } from "./case.ts";

/** Each host's answer; read once a minute. */
const told = (alpha: string, beta: string): Played =>
  after(130, (_, { hosts }: World) =>
    [alpha, beta].forEach((stdout, ix) => {
      hosts[ix as 0 | 1].overrides.set("xapi", () => ({ rc: 0, stdout }));
    }),
  );

const member = (given: Parameters<typeof xapiAnswer>[0] = {}): string => xapiAnswer({ role: "slave:10.0.0.1", ...given });
const lostMaster = slaveOf("10.0.0.1", { emergency: "true", pool: ASLEEP, rc: 1 });
const silentMaster = slaveOf("10.0.0.1", { pool: "", rc: 124 });
const starting = slaveOf("10.0.0.1", { emergency: "true", pool: "The host toolstack is still initialising. Please wait.", rc: 1 });
const refused = slaveOf("10.0.0.1", { pool: "Error code: HOST_IS_SLAVE\nError parameters: 10.0.0.9", rc: 1 });
const unplugged = { attached: "false" };
const twice = (answer: Parameters<typeof xapiAnswer>[0]): Played => told(xapiAnswer(answer), member(answer));

const wellPool = twice({});

export const xapi: readonly Signature[] = [
  {
    number: 44,
    rule: "xapi.pbd",
    cause: /^the shared storage repository san: gold is unplugged on beta: /,
    tells: told(xapiAnswer(), member(unplugged)),
    quiet: wellPool,
  },
  // What isn't told isn't unplugged.
  { number: 44, rule: "xapi.pbd", cause: /on alpha and beta/, tells: twice(unplugged), quiet: twice({ attached: "perhaps" }) },
  {
    number: 44,
    rule: "xapi.pbd",
    cause: /^the local storage repository Local storage is unplugged on alpha: /,
    tells: told(xapiAnswer({ local_attached: "false" }), member()),
    quiet: told(xapiAnswer(), member(unplugged)),
  },
  {
    number: 44,
    rule: "xapi.emergency",
    cause: /^XAPI on beta is in emergency mode, without its pool's master 10\.0\.0\.1: /,
    tells: told(xapiAnswer(), lostMaster),
    quiet: told(xapiAnswer(), starting),
  },
  {
    number: 44,
    rule: "xapi.emergency",
    cause: /is starting/,
    tells: told(xapiAnswer(), starting),
    quiet: told(xapiAnswer(), silentMaster),
  },
  {
    number: 44,
    rule: "xapi.slave",
    cause: /HOST_IS_SLAVE: it reaches no master \(10\.0\.0\.9 is named\)/,
    tells: told(xapiAnswer(), refused),
    quiet: told(xapiAnswer(), lostMaster),
  },
  {
    number: 44,
    rule: "xapi.slave",
    cause: /^XAPI on beta learns nothing of its pool from its pool's master 10\.0\.0\.1/,
    tells: told(xapiAnswer(), silentMaster),
    quiet: wellPool,
  },
  {
    number: 45,
    rule: "xapi.ha",
    cause: /survive 1 host failures and has a plan for 0$/,
    tells: twice({ pool: pool({ plan: "0" }) }),
    quiet: twice({ pool: pool({ plan: "0", enabled: "false" }) }),
  },
  {
    number: 45,
    rule: "xapi.ha",
    cause: /\(overcommitted\)/,
    tells: twice({ pool: pool({ over: "true" }) }),
    quiet: twice({ pool: pool({ target: "0", plan: "0" }) }),
  },
];
