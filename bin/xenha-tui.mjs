#!/usr/bin/env node
// Starts dist/main.js. Written in syntax that old Nodes understand, so that they can say what is missing instead of a syntax error.
/* biome-ignore-all lint: see above */
import { existsSync, statSync } from "fs";
import { homedir } from "os";
import { join } from "path";

var NODE_MAJOR_MIN = 22;
// A monitoring plugin that can't run is UNKNOWN (3), on standard output; 2 would be CRITICAL.
var isCheck = process.argv.indexOf("check") >= 2;

function refuse(text) {
  if (isCheck) process.stdout.write("XENHA UNKNOWN - " + text + "\n");
  else process.stderr.write("xenha-tui: " + text + "\n");
  process.exitCode = isCheck ? 3 : 2;
}

// Never in a shared /tmp: whoever owns the cache owns what runs.
function cacheDirectory() {
  var xdg = process.env.XDG_CACHE_HOME;
  var base = xdg !== undefined && xdg.charAt(0) === "/" ? xdg : join(homedir(), ".cache");
  if (base.charAt(0) !== "/" || !existsSync(base)) return undefined;
  var own = statSync(base);
  var uid = process.getuid ? process.getuid() : own.uid;
  return own.uid === uid && (own.mode & 18) === 0 ? join(base, "xenha-tui") : undefined;
}

function enableCache(module) {
  try {
    var directory = cacheDirectory();
    if (module.enableCompileCache && directory !== undefined) module.enableCompileCache(directory);
  } catch (_error) {
    // A cache is a convenience; without it xenha-tui starts 20 ms later.
  }
}

var major = Number(process.versions.node.split(".")[0]);
var main = new URL("../dist/main.js", import.meta.url);
if (major < NODE_MAJOR_MIN) {
  refuse(
    "needs Node " +
      NODE_MAJOR_MIN +
      " or newer; this is " +
      process.version +
      " (" +
      process.execPath +
      "); in a clone, npm scripts use the right one",
  );
} else if (!existsSync(main)) {
  refuse("is not built yet: run `npm ci && npm run build` in the clone first");
} else {
  import("module")
    .then(enableCache)
    .then(function () {
      return import(main.href);
    })
    .then(function (xenha) {
      return xenha.main();
    });
}
