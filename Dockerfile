# One image for every command: `tidings api`, `tidings delivery`, `tidings migrate`, …
ARG NODE_VERSION=22

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/sdk/package.json packages/sdk/
# With optional dependencies: the bundler's binary is one.
RUN npm ci --omit=dev --ignore-scripts

FROM packages AS build
COPY . .
RUN npm run build

FROM packages AS dependencies
# Without the embedded PostgreSQL, which no node that has a database of its own needs, and without what the build needs to bundle the
# console. Then without types and source maps, and without what Prisma brings for databases other than PostgreSQL.
RUN npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts esbuild graphiql graphql-tag react react-dom @radix-ui/react-dialog @tanstack/react-query cmdk uplot wouter \
  && rm -rf node_modules/@tidings \
  && find node_modules -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' | xargs rm \
  && find node_modules/@prisma/client/runtime -name 'query_compiler_*' ! -name 'query_compiler_fast_bg.postgresql.*' -delete

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY prisma/migrations ./prisma/migrations
USER node
EXPOSE 4000 4001
# Not npm: signals must reach the process itself.
ENTRYPOINT ["node", "bin/tidings.mjs"]
CMD ["--help"]
