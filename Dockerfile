# syntax=docker/dockerfile:1
# The image of `skutwin`: what it installs is pinned in deploy/requirements.lock, what builds it in deploy/build.lock.
#
#     docker build -t skutwin .                                    torch for the CPU; some 1.7 GB
#     docker build --build-arg TORCH=cuda -t skutwin:cuda .        the registry's build with CUDA; some 6.5 GB
#     docker build --build-arg TORCH=cu130 -t skutwin:cu130 .      a certain one: deploy/install.sh
#
# The encoders of the artifact that comes with it are in the image; an artifact of your own, with other encoders, is
# mounted (docs/operate.md).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG TORCH=cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    UV_NO_CACHE=1 \
    UV_PYTHON_DOWNLOADS=never \
    PATH=/build/bin:$PATH
WORKDIR /src
COPY deploy/build.lock ./
RUN python -m venv /build \
    && /build/bin/pip install --quiet --no-deps --require-hashes -r build.lock \
    && python -m venv --without-pip /app
COPY deploy/requirements.lock deploy/install.sh ./
RUN ./install.sh requirements.lock "$TORCH" /app/bin/python
COPY pyproject.toml README.md LICENSE ./
COPY model ./model
COPY consumer ./consumer
RUN uv build --quiet --wheel --no-build-isolation --python /build/bin/python --out-dir /dist . \
    && uv pip install --quiet --no-deps --compile-bytecode --python /app/bin/python /dist/*.whl \
    && uv pip check --python /app/bin/python
# Other packages' tests and headers: a tenth of the image. numpy needs its own.
RUN site=$(/app/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
    && find "$site/pandas" "$site/pyarrow" "$site/scipy" "$site/sklearn" "$site/sympy" \
        -type d -name tests -prune -exec rm -rf {} + \
    && rm -rf "$site/torch/include" "$site/pyarrow/include"

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
