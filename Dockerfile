# Two stages: the first builds, the second has the program, its rules and nothing that compiles.
#   docker build -t deft .
#   docker run --rm -it deft demo
#   docker run --rm -v "$PWD/my-bank:/bank:ro" -v deft-data:/var/lib/deft deft run --project /bank --data /var/lib/deft
# A node without tokens listens on loopback alone: to reach it from outside the container, give it a
# configuration with `[auth]` and `[listen]`, as docs/operations.md says.
FROM rust:1.95-slim-bookworm AS build
# The compiler of the stage that is thrown away may be the newest the distribution has.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ make libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin deft --features kafka-tls

FROM debian:bookworm-slim
# TLS to brokers is the distribution's, so that its mends are mends of this, and so is whom it trusts.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libssl3 ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/deft deft
COPY --from=build /src/target/release/deft /usr/local/bin/deft
# By number, so that a cluster can see that it is not root.
USER 10001
WORKDIR /var/lib/deft
# SIGTERM drains: what is in flight is answered, the log is closed.
STOPSIGNAL SIGTERM
ENTRYPOINT ["deft"]
CMD ["--help"]
