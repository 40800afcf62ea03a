-- Radskydd i PostgreSQL, för den som vill ha ett andra lås. Läs docs/in-service/row-level-security.md först.
-- Körs i registrets databas av databasserverns administratör, och på nytt efter varje assetreg upgrade.
BEGIN;

-- 1. Registret i drift får läsa och skriva alla rader, men äger inga tabeller och kan inte ta bort något skydd.
--    BYPASSRLS, för COPY vägrar skriva i en tabell där låset gäller.
DO $$ BEGIN
    IF to_regrole('assetreg_run') IS NULL THEN CREATE ROLE assetreg_run LOGIN BYPASSRLS; END IF;
    IF to_regrole('assetreg_reader') IS NULL THEN CREATE ROLE assetreg_reader NOLOGIN; END IF;
END $$;
GRANT USAGE ON SCHEMA public TO assetreg_run, assetreg_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO assetreg_run;
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO assetreg_run;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM assetreg_run;

-- 2. Vem som läser direkt i databasen, och vilken ägares rader.
CREATE SCHEMA IF NOT EXISTS lock;
CREATE TABLE IF NOT EXISTS lock.reader (
    role name NOT NULL,
    owner_code text NOT NULL,
    PRIMARY KEY (role, owner_code)
);
GRANT USAGE ON SCHEMA lock TO assetreg_reader;
CREATE OR REPLACE FUNCTION lock.owners() RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT coalesce(array_agg(owner.id), '{}')
        FROM lock.reader JOIN public.owner ON owner.code = reader.owner_code
        WHERE reader.role = session_user
    $$;

-- 3. Låset på varje tabell vars rader hör till en ägare.
DO $$
DECLARE each name;
BEGIN
    FOR each IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'owner_id'
          AND table_name NOT IN ('account_place', 'sign_in_rule_place', 'policy', 'foreign_serial')
    LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', each);
        EXECUTE format('DROP POLICY IF EXISTS reader_sees_own ON public.%I', each);
        EXECUTE format(
            'CREATE POLICY reader_sees_own ON public.%I FOR SELECT TO assetreg_reader'
            ' USING (owner_id = ANY ((SELECT lock.owners())::bigint[]))', each);
    END LOOP;
END $$;

-- 4. Vad en läsare får läsa: inga personer, ingen fritext, inga konton och inga inlästa filer.
GRANT SELECT ON
    device, event, outcome, erasure, indicator_value, figure_fact, device_count,
    department, unit, room, device_group,
    owner, model, supplier, os_release, indicator_kind, policy
    TO assetreg_reader;

COMMIT;
