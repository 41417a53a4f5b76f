/** The version is told in one place: package.json. */
import packageFile from "../../package.json" with { type: "json" };

export const version: string = packageFile.version;
