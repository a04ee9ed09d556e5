import { defineConfig } from 'prisma/config';

// `prisma generate` wants a schema engine that it does not use; any existing file satisfies it without a download.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
});
