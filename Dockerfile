# syntax=docker/dockerfile:1
# The image of `skutwin run`. What it installs is pinned by hash in deploy/requirements.lock.
#
# torch from the registry is the CUDA build (some 3 GB). For the much smaller CPU build give pip an index that has
# it, as torch's installation page names it:
#     docker build --build-arg TORCH_INDEX_URL=… -t skutwin .
# torch and torchvision then come from there in the locked versions, and nothing of CUDA is installed.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH_INDEX_URL=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /app
WORKDIR /src
COPY deploy/requirements.lock ./
# A locked package begins at the margin; its hashes follow, indented.
RUN set -eu; \
    if [ -n "$TORCH_INDEX_URL" ]; then \
        sed -n -E 's/^(torch|torchvision)==([^ ;]+).*/\1==\2/p' requirements.lock > torch.txt; \
        awk '/^[^ ]/ {keep = !/^(torch|torchvision|triton|nvidia-|cuda-)/} keep' requirements.lock > rest.txt; \
        /app/bin/pip install --no-deps --index-url "$TORCH_INDEX_URL" -r torch.txt; \
    else \
        cp requirements.lock rest.txt; \
    fi; \
    /app/bin/pip install --no-deps --require-hashes -r rest.txt
COPY pyproject.toml README.md LICENSE ./
COPY model ./model
COPY consumer ./consumer
RUN /app/bin/pip install --no-deps . && /app/bin/pip check

FROM ${PYTHON_IMAGE}
RUN groupadd --gid 10001 skutwin \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/skutwin --create-home --shell /usr/sbin/nologin skutwin
COPY --from=build /app /app
# The root may be read-only: the cache and Milvus Lite live in the volume, temporary files in /tmp (a tmpfs).
ENV PATH=/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HF_HUB_OFFLINE=1 \
    HOME=/var/lib/skutwin \
    SKUTWIN_CACHE_DIR=/var/lib/skutwin/cache \
    SKUTWIN_MILVUS_URI=/var/lib/skutwin/milvus.db \
    SKUTWIN_OPS_HOST=0.0.0.0
USER 10001:10001
WORKDIR /var/lib/skutwin
VOLUME /var/lib/skutwin
EXPOSE 9464
# Alive once its loops turn; loading the encoders is allowed its time.
HEALTHCHECK --interval=15s --timeout=3s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('SKUTWIN_OPS_PORT', '9464') + '/livez', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["skutwin"]
CMD ["run"]
