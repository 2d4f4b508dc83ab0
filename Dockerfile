# One image for every process of Stemlink: `run` (all of them), `run web`, `run worker`, `run reaper`.
#
#   docker build -t stemlink .                                                              for processors
#   docker build -t stemlink-cuda --build-arg TORCH_INDEX=https://pypi.org/simple .         for NVIDIA GPUs

FROM node:24-bookworm-slim AS browser
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.11-slim-bookworm AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY pyproject.toml constraints.txt ./
COPY config/bootstrap.py config/
RUN python -m venv /venv \
    && python config/bootstrap.py list postgres s3 gcs > /tmp/requirements.txt \
    && /venv/bin/pip install --extra-index-url "$TORCH_INDEX" -c constraints.txt -r /tmp/requirements.txt
COPY . .
COPY --from=browser /build/node_modules node_modules
# Collected, node_modules isn't needed any more. The secret key that the settings make on the way stays in this stage.
RUN STEMLINK_DATA=/tmp/data STEMLINK_STATIC=/app/collected DJANGO_SETTINGS_MODULE=config.settings \
        /venv/bin/python -c "import django; django.setup(); from config.service.prepare import static_files; static_files()" \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash config player separation sharing \
    && rm -r node_modules

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 stemlink \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin stemlink \
    && install -d -m 700 -o stemlink -g stemlink /data
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    STEMLINK_DATA=/data STEMLINK_STATIC=/app/collected STEMLINK_BIND=0.0.0.0 STEMLINK_LOG=json
WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["run"]
