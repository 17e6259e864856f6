# docker run -p 8050:8050 IMAGE        `make image` builds it; docs/container.md tells more.
#
# The set-up is the checkout's own (tools/bootstrap.sh). None of the build arguments is needed:
#   PYTHON_VERSION  3.11 … 3.13
#   WHEELS          a folder of wheels inside the build context, tried first
#   TORCH_INDEX     where torch's CPU build comes from; empty: nowhere
#   PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_TRUSTED_HOST  as pip knows them
ARG PYTHON_VERSION=3.11

FROM docker.io/library/python:${PYTHON_VERSION}-slim AS build
ARG WHEELS=
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
WORKDIR /srv/cellscope
# Only what decides on the packages: an edit of the app leaves this layer of 1.4 GB alone.
COPY pyproject.toml constraints.txt ${WHEELS} ./
COPY tools/bootstrap.sh tools/
RUN mkdir app cellscope model assets docs \
    && touch README.md LICENSE docs/theory.md docs/theory.de.md cellscope/__init__.py \
    && PIP_NO_CACHE_DIR=1 PIP_FIND_LINKS=$PWD CELLSCOPE_TORCH_INDEX=$TORCH_INDEX \
    tools/bootstrap.sh run

FROM docker.io/library/python:${PYTHON_VERSION}-slim
WORKDIR /srv/cellscope
COPY --from=build /srv/cellscope/.venv .venv
COPY app app
COPY cellscope cellscope
COPY model model
COPY assets assets
COPY docs docs
ENV PATH=/srv/cellscope/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/srv/cellscope/numba
# Compiled now, so that the root can be read-only and the first picture need not wait 20 s. Python's
# own compiled code is valid for the source's time stamp, so give it whole seconds: layers drop the
# fractions.
RUN chmod -R a+rX app cellscope model assets docs \
    && find app cellscope model -name '*.py' -exec touch -d 2020-01-01 {} + \
    && python -m compileall -q app cellscope model \
    && python -m cellscope.model.warm \
    && python -m cellscope.model.own.warm_own \
    && chmod -R a+rX numba

# Machine code is for the processor it was compiled on. numba looks for another one's in a folder
# that it can write, so the entry point copies the folder to /tmp (a few MB), where it may grow.
ENV NUMBA_CACHE_DIR=/tmp/numba HOME=/tmp HOST=0.0.0.0 PORT=8050
USER 10001:10001
EXPOSE 8050
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", \
    "import os; from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# exec: SIGTERM reaches the server, which then exits 0.
ENTRYPOINT ["sh", "-c", "mkdir -p $NUMBA_CACHE_DIR && cp -r numba/. $NUMBA_CACHE_DIR; exec python -m app \"$@\"", "cellscope"]
CMD ["serve"]
