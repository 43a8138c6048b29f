#!/bin/sh
# Run once by the database's container, on an empty data folder: an ordinary role, and the database that it owns.
# CREATEDB lets `manage.py restore_check` make its scratch database.
set -eu
psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set name="${BOWTIE_DATABASE_NAME:-bowtie}" --set password="$BOWTIE_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
