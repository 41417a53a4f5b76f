/** A live migration as the sender's xl tells it (recordings migrate, migratenomem, migratecut). */
import { other } from "../model/guest.ts";
import { freeMemoryMib, isAlive } from "../model/host.ts";
import { migrate } from "../model/migrate.ts";
import type { Tool } from "./tool.ts";
import { domain, isUp, words } from "./xl-domain.ts";

const LOOK_MS = 250;
/** MiB/s that a migration copies here. */
const MIGRATION_MIB_S = 220;

/** `xl [-T] migrate [-s SSH] DOMAIN HOST` */
export const xlMigrate: Tool = (run) => {
  const { world, host, argv, say, end, after } = run;
  const rest = argv.filter((_, at) => argv[at - 1] !== "-s");
  const [id, to] = words(rest);
  const mine = domain(run, id);
  if (mine?.guest === undefined) return;
  const { guest } = mine;
  const target = world.hosts[other(host.ix)];
  if (to !== target.name && !target.network.devs.some(({ addresses }) => addresses.some(({ address }) => address === to))) {
    say(`ssh: Could not resolve hostname ${to}: Name or service not known`);
    return end(1);
  }
  if (!isAlive(target))
    return after(5_000, () => {
      say(`ssh: connect to host ${to} port 22: Connection timed out`);
      say("libxl: error: libxl_utils.c: file/stream truncated reading ipc msg header from migration receiver stream");
      end(1);
    });
  if (!isUp(mine)) {
    say("xc: error: Domain is not running");
    return end(1);
  }
  if (freeMemoryMib(target) < guest.memory_kib / 1024)
    return after(2_000, () => {
      say("migration target: Domain creation failed (code -3).");
      say("xc: error: Failed to populate physmap: Internal error");
      say("Migration failed, resuming at sender.");
      end(1);
    });
  say("Saving to migration stream new xl format (info 0x3/0x0/1511)");
  const migration = migrate(world, { guest: guest.name, source: host.ix, rate_mib_s: MIGRATION_MIB_S, lives: run.lives });
  if (migration === undefined) return end(1);
  let told = -1;
  const look = (): void => {
    const percent = Math.floor(migration.done_fraction * 100);
    if (percent >= told + 10 && migration.phase === "precopy") {
      told = percent;
      const pages = Math.round(guest.memory_kib / 4);
      say(`xc: info: Sending pages: ${Math.round(pages * migration.done_fraction)}/${pages} ${percent}%`);
      say(`xc: progress: Frames iteration 0: ${Math.round(pages * migration.done_fraction)}/${pages}  ${percent}%`);
    }
    if (migration.phase === "done") {
      say("migration sender: Target reports successful startup.");
      say("Migration successful.");
      end(0);
    } else if (migration.phase === "failed") {
      say("migration target: Domain creation failed (code -3).");
      say("Migration failed, resuming at sender.");
      end(1);
    } else after(LOOK_MS, look);
  };
  after(LOOK_MS, look);
};
