FROM node:24-bookworm AS build
WORKDIR /opt/cinnabar
COPY . .
RUN npm ci --ignore-scripts && npm rebuild node pkcs11js && npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends softhsm2 && rm -rf /var/lib/apt/lists/* \
  && useradd --system --create-home --home-dir /var/lib/keyman keyman
WORKDIR /opt/cinnabar
COPY --from=build /opt/cinnabar/node_modules node_modules
COPY --from=build /opt/cinnabar/dist dist
COPY --from=build /opt/cinnabar/bin/lib/node-flags bin/lib/node-flags
USER keyman
EXPOSE 8443
# As bin/up has it: a heap for each thread keeps what a burst left in it.
ENV MALLOC_ARENA_MAX=2
CMD ["sh", "-c", "exec node $(cat bin/lib/node-flags) dist/apps/keyman/src/up.js"]
