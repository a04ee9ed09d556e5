import { defineConfig } from 'vite';

// The backend of the page, the only part that knows the API key: `node examples/page/server.mjs`.
const BACKEND = process.env.BACKEND ?? 'http://127.0.0.1:8080';

export default defineConfig({
  esbuild: { jsx: 'automatic' },
  server: { proxy: { '/connection': BACKEND } },
});
