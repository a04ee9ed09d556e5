# One image for every command: `tidings api`, `tidings delivery`, `tidings migrate`, …
ARG NODE_VERSION=22

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/sdk/package.json packages/sdk/
# With optional dependencies: the compiler and the bundler are among them, as binaries of the platform.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build

FROM node:${NODE_VERSION}-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/client/package.json packages/client/
COPY packages/sdk/package.json packages/sdk/
# Without the embedded PostgreSQL, which no node that has a database of its own needs, and without what the build needs to bundle the
# console: it is nearly half of what is installed.
RUN npm ci --omit=dev --omit=optional --ignore-scripts \
  && npm uninstall --no-save --omit=dev --omit=optional --ignore-scripts esbuild graphiql graphql-tag react react-dom @radix-ui/react-dialog @tanstack/react-query cmdk uplot wouter \
  && npm cache clean --force

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
