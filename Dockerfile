# attune with exactly the versions of the lock file; results go to the folder that is mounted at /project.
#   docker build --tag attune .
#   docker run --rm --volume "$PWD":/project attune snakemake --cores 4
FROM python:3.11-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/attune
COPY envs/lock.txt envs/lock.txt
RUN pip install --no-cache-dir --require-hashes --no-deps --requirement envs/lock.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable .
# The steps' matrices are small: threads would only wait for each other.
ENV OPENBLAS_NUM_THREADS=1
WORKDIR /project
CMD ["attune", "--help"]
