# The server as an image: docker build -t gitops-master .
# Runs as nobody in particular, writes nothing but /tmp, and holds neither pip's cache nor a compiler. docs/chart.md uses it.
ARG PYTHON=python:3.13-slim
FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements/build.txt requirements/run.txt requirements/
# Exactly the versions that were tested, by hash; what builds the wheel stays out of the image.
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt \
 && python -m venv /opt/gitops-master && /opt/gitops-master/bin/pip install --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY server server
COPY prompts prompts
COPY references references
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
 && /opt/gitops-master/bin/pip install --no-deps dist/*.whl \
 && /opt/gitops-master/bin/pip uninstall --yes pip \
 && /opt/gitops-master/bin/gitops-master --version

FROM ${PYTHON}
COPY --from=build /opt/gitops-master /opt/gitops-master
# The root file system may be read-only: nothing is compiled at run time, and what wants a home finds one.
ENV PATH=/opt/gitops-master/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/tmp
USER 65532:65532
WORKDIR /tmp
EXPOSE 8808
ENTRYPOINT ["gitops-master"]
CMD ["serve"]
