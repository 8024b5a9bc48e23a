# The server for a team: docker build -t mintmark . (README, "In a container")
FROM node:22-slim AS build
WORKDIR /src
# better-sqlite3 is compiled where no binary of it can be had.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
# GET /metrics needs prom-client, which is optional: of what is there for development it alone stays.
RUN npm run bundle \
  && metrics=$(node -p "require('./package.json').devDependencies['prom-client']") \
  && npm pkg delete devDependencies.prom-client \
  && npm pkg set "dependencies.prom-client=$metrics" \
  && npm prune --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/better-sqlite3/deps node_modules/better-sqlite3/build/Release/obj*

FROM node:22-slim
LABEL io.modelcontextprotocol.server.name="io.github.mintmark/mintmark" \
  org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
  MINTMARK_DB=/data/mintmark.db
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/static-vectors static-vectors
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
# What `mintmark demo` remembers.
COPY --from=build /src/docs docs
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8420
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8420/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/bin/mintmark.js"]
CMD ["serve", "--http", "0.0.0.0:8420"]
