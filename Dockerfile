# SPDX-License-Identifier: Apache-2.0
#
# docker build -t martlet .
# docker run --network host -e OPENAI_API_KEY -v martlet-data:/var/lib/martlet martlet
#
# The host's network, because this version has no client keys and so listens on loopback only.
FROM swift:6.3-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libcurl4-openssl-dev libmimalloc-dev libssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Config Config
# Test targets are declared in the manifest, so their folders must exist.
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product martlet \
 && install -D -s .build/release/martlet /out/martlet

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libcurl4 libmimalloc2.0 libssl3 libstdc++6 zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --home-dir /var/lib/martlet --shell /usr/sbin/nologin martlet \
 && install -d -o martlet -g martlet -m 0700 /var/lib/martlet
COPY --from=build /out/martlet /usr/bin/martlet
COPY LICENSE /usr/share/doc/martlet/
USER martlet
# The data directory of a run without settings is ./martlet-data, so under the volume.
WORKDIR /var/lib/martlet
VOLUME /var/lib/martlet
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/martlet"]
CMD ["serve"]
