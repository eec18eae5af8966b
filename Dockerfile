# docker build --tag footfall . && docker run --publish 3000:3000 --volume footfall:/data footfall

FROM oven/bun:1.4.5-debian AS build
WORKDIR /build
# What changes rarely comes first: the packages are a layer of their own.
COPY package.json bun.lock ./
RUN bun install --frozen-lockfile --production
COPY tsconfig.json ./
COPY scripts scripts
COPY drizzle drizzle
COPY src src
# What `footfall version` tells; there is no git in here: --build-arg COMMIT=$(git rev-parse --short HEAD), and DATE.
ARG COMMIT=""
ARG DATE=""
RUN bun scripts/build.ts --commit "$COMMIT" --date "$DATE"
# The last stage has no shell to make a folder with.
RUN mkdir data

# The C library and libgcc, which libSQL's native half needs, the certificates for a remote database, and no shell.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/dist/footfall /usr/local/bin/footfall
COPY --from=build --chown=65532:65532 /build/data /data
COPY LICENSE /usr/share/doc/footfall/LICENSE
ENV FOOTFALL_HOST=0.0.0.0 FOOTFALL_DATABASE_URL=file:/data/footfall.db
VOLUME /data
EXPOSE 3000
# By number: orchestrators cannot tell whether a name is root.
USER 65532
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["footfall", "health"]
ENTRYPOINT ["footfall"]
