-- Divide the usage readings by month of their day. Once, with web and worker stopped:
--   psql --single-transaction --set ON_ERROR_STOP=1 --file deploy/partition_usage.sql
-- What is there stays where it is and becomes the first partition; two years of months follow, and one for all later days.
-- Run again, it only adds the months that are missing.
DO $do$
DECLARE
    next_month date := date_trunc('month', current_date) + interval '1 month';
BEGIN
    IF EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'installed_base_usagereading'::regclass) THEN
        RETURN;
    END IF;
    ALTER TABLE installed_base_usagereading RENAME TO usagereading_before;
    ALTER TABLE usagereading_before ALTER id DROP IDENTITY;
    ALTER TABLE usagereading_before DROP CONSTRAINT installed_base_usagereading_pkey;
    ALTER TABLE usagereading_before RENAME CONSTRAINT usage_reading_once_a_day TO usagereading_before_once_a_day;
    DROP INDEX usage_reading_external_id;

    CREATE TABLE installed_base_usagereading (LIKE usagereading_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)
        PARTITION BY RANGE ("on");
    CREATE SEQUENCE installed_base_usagereading_id_seq OWNED BY installed_base_usagereading.id;
    PERFORM setval('installed_base_usagereading_id_seq', coalesce(max(id), 0) + 1, false) FROM usagereading_before;
    ALTER TABLE installed_base_usagereading
        ALTER id SET DEFAULT nextval('installed_base_usagereading_id_seq'),
        ADD PRIMARY KEY (id, "on"),
        ADD CONSTRAINT usage_reading_once_a_day UNIQUE (asset_id, "on"),
        ADD FOREIGN KEY (asset_id) REFERENCES installed_base_asset (id) DEFERRABLE INITIALLY DEFERRED;
    -- A key over all partitions must contain the day: the same external id may stand on two days, which imports do not write.
    CREATE UNIQUE INDEX usage_reading_external_id ON installed_base_usagereading (source, external_id, "on")
        WHERE external_id <> '';
    EXECUTE format(
        'ALTER TABLE installed_base_usagereading ATTACH PARTITION usagereading_before FOR VALUES FROM (MINVALUE) TO (%L)',
        next_month
    );
    CREATE TABLE usagereading_later PARTITION OF installed_base_usagereading DEFAULT;
END
$do$;

DO $do$
DECLARE
    month date;
BEGIN
    FOR month IN
        SELECT m FROM generate_series(
            date_trunc('month', current_date) + interval '1 month', current_date + interval '24 months', '1 month'
        ) m
    LOOP
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF installed_base_usagereading FOR VALUES FROM (%L) TO (%L)',
            'usagereading_' || to_char(month, 'YYYY_MM'), month, (month + interval '1 month')::date
        );
    END LOOP;
END
$do$;
