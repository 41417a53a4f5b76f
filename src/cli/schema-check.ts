/**
 * A value held against a JSON schema, with messages meant for the person who wrote the file. It knows the keywords that
 * schema/config.schema.json uses, no others: test/cli/config.test.ts holds it against ajv, and refuses keywords it doesn't know.
 */
import { nearest, oneOf } from "./suggest.ts";
import type { TomlPath } from "./toml-lines.ts";

export interface Schema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly type?: "object" | "array" | "string" | "boolean" | "number" | "integer";
  readonly enum?: readonly unknown[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: {
    readonly pattern?: string;
    readonly not?: { readonly enum: readonly string[] };
    readonly description?: string;
  };
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export const schemaKeywords: readonly string[] = [
  "$schema $id title description default examples type enum properties required additionalProperties propertyNames",
  "items minItems maxItems uniqueItems pattern minLength maxLength minimum maximum",
].flatMap((line) => line.split(" "));

export interface SchemaError {
  readonly path: TomlPath;
  /** `pairs.prod.hosts: has 3 names...` without the file. */
  readonly text: string;
}

export function checkSchema(schema: Schema, value: unknown, path: TomlPath = []): SchemaError[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [
      { path, text: `is ${oneOf(schema.enum.map((word) => JSON.stringify(word)))}, not ${shown(value)}${meant(value, schema.enum)}` },
    ];
  }
  if (schema.type !== undefined && typeName(value) !== schema.type && !(schema.type === "number" && typeName(value) === "integer")) {
    return [{ path, text: `must be ${article[schema.type]}, not ${shown(value)}` }];
  }
  if (typeof value === "string") return checkString(schema, value, path);
  if (typeof value === "number") return checkNumber(schema, value, path);
  if (Array.isArray(value)) return checkArray(schema, value, path);
  if (isRecord(value)) return checkObject(schema, value, path);
  return [];
}

function checkString(schema: Schema, value: string, path: TomlPath): SchemaError[] {
  const length = [...value].length;
  if (length < (schema.minLength ?? 0)) return [{ path, text: "must not be empty" }];
  if (schema.maxLength !== undefined && length > schema.maxLength) return [{ path, text: `is longer than ${schema.maxLength} characters` }];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, "u").test(value)) {
    return [{ path, text: `${shown(value)} can't be used here: ${schema.description ?? `it must match ${schema.pattern}`}` }];
  }
  return [];
}

function checkNumber({ minimum, maximum }: Schema, value: number, path: TomlPath): SchemaError[] {
  if ((minimum === undefined || value >= minimum) && (maximum === undefined || value <= maximum)) return [];
  return [{ path, text: `must be from ${minimum ?? "any"} to ${maximum ?? "any"}, not ${value}` }];
}

function checkArray(schema: Schema, value: readonly unknown[], path: TomlPath): SchemaError[] {
  const { minItems, maxItems, items } = schema;
  const tooFew = minItems !== undefined && value.length < minItems;
  if (tooFew || (maxItems !== undefined && value.length > maxItems)) {
    return [
      {
        path,
        text: `needs ${minItems === maxItems ? `exactly ${minItems}` : `${minItems ?? 0} to ${maxItems}`} entries, has ${value.length}`,
      },
    ];
  }
  const errors = items === undefined ? [] : value.flatMap((item, index) => checkSchema(items, item, [...path, index]));
  if (errors.length > 0 || schema.uniqueItems !== true) return errors;
  const twice = value.find((item, index) => value.indexOf(item) !== index);
  return twice === undefined ? [] : [{ path, text: `${shown(twice)} is there twice` }];
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: TomlPath): SchemaError[] {
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const errors: SchemaError[] = missing.map((name) => ({ path, text: `has no ${JSON.stringify(name)}` }));
  for (const [name, item] of Object.entries(value)) {
    const at = [...path, name];
    const known = schema.properties !== undefined && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    const other = schema.additionalProperties;
    if (known !== undefined) errors.push(...checkSchema(known, item, at));
    else if (other === false) errors.push({ path: at, text: unknownKey(name, Object.keys(schema.properties ?? {})) });
    else {
      errors.push(...checkName(schema, name, at));
      if (other !== undefined) errors.push(...checkSchema(other, item, at));
    }
  }
  return errors;
}

function checkName({ propertyNames }: Schema, name: string, path: TomlPath): SchemaError[] {
  if (propertyNames === undefined) return [];
  const reserved = propertyNames.not?.enum.includes(name) === true;
  const fits = propertyNames.pattern === undefined || new RegExp(propertyNames.pattern, "u").test(name);
  return fits && !reserved
    ? []
    : [{ path, text: `can't be a name${propertyNames.description === undefined ? "" : `: ${propertyNames.description}`}` }];
}

function unknownKey(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `unknown key ${near === undefined ? `(known: ${known.join(", ")})` : `(did you mean ${near}?)`}`;
}

function meant(value: unknown, words: readonly unknown[]): string {
  if (typeof value !== "string") return "";
  const near = nearest(
    value,
    words.map((word) => String(word)),
  );
  return near === undefined || near === value ? "" : ` (did you mean ${near}?)`;
}

const article = {
  object: "a table",
  array: "a list",
  string: "a text in quotes",
  boolean: "true or false",
  number: "a number",
  integer: "a whole number",
} as const;

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (isRecord(value)) return "object";
  return typeof value === "object" ? "other" : typeof value;
}

/** TOML dates are objects too, but no tables. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a table";
  if (value instanceof Date) return "a date";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
