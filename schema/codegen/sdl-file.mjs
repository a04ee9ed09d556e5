// A codegen plugin: the schema as a file, for tools that generate from it.
import { printSchema } from 'graphql';

export const plugin = (schema) => `${printSchema(schema)}\n`;
