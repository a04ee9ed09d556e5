// A codegen plugin: the schema as one string in a module, so that a build needs no files beside its code.
import { printSchema } from 'graphql';

export const plugin = (schema) =>
  `/** The schema under schema/, merged. */\nexport const sdl = ${JSON.stringify(printSchema(schema))};\n`;
